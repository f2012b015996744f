/** One process, one after another: faults and the clock of the stand-in are everybody's. The clock moves last. */
require('./cases/static');
require('./cases/texts');
require('./cases/purchase');
require('./cases/cart');
require('./cases/checkout');
require('./cases/attempt');
require('./cases/payment');
require('./cases/privacy');
require('./cases/account');
require('./cases/session');
