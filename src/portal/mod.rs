//! Pages and `vendor/v1` actions for the firms and the city. It names neither sealing nor what belongs to buyers; the architecture test keeps
//! it so. It comes with the issue that brings the portal.
