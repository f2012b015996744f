//! `/addresses`.

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::book::{self, Address, Typed, TypedPhone};
use super::regions;
use crate::base::error::{Error, FieldErrors, Result};
use crate::domain::sessions::Buyer;
use crate::platform::app::App;
use crate::platform::sealing::mask_phone;
use crate::web::Problem;
use crate::web::extract::{Json, Path};
use crate::web::text::check_line;

/// Characters.
const NAME_MAX: usize = 30;
/// Characters as typed, before spaces and dashes are taken out.
const PHONE_TYPED_MAX: usize = 32;
/// Characters.
const DETAIL_MAX: usize = 120;

/// An address to be stored.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddressRequest {
    /// Consignee.
    #[schema(min_length = 1, max_length = 30, example = "张三")]
    name: String,
    /// Mainland mobile number. A `PUT` may give the masked one back: then it stays as it is.
    #[schema(example = "13800000000")]
    phone: String,
    /// Must agree with `region_code`, as must city and district (`mismatch`).
    #[schema(example = "山东省")]
    province: String,
    #[schema(example = "临沂市")]
    city: String,
    /// May be empty where a city has no districts (Dongguan).
    #[schema(example = "兰山区")]
    district: String,
    /// Street and house.
    #[schema(min_length = 1, max_length = 120, example = "金雀山路1号")]
    detail: String,
    /// Six digits of the district (GB/T 2260); `nationalCode` of `wx.chooseAddress`.
    #[schema(min_length = 6, max_length = 6, example = "371302")]
    region_code: String,
    /// Makes it the default. Leaving it out does not unset it: set another one.
    #[serde(default)]
    is_default: bool,
}

impl AddressRequest {
    /// Everything that is wrong at once. A phone that is masked can only be the one of the address that is replaced.
    fn checked(self, replaces: bool) -> Result<Typed> {
        let mut errors = FieldErrors::default();
        errors.take("name", check_line(&self.name, 1, NAME_MAX));
        let phone = check_line(&self.phone, 1, PHONE_TYPED_MAX).and_then(|()| TypedPhone::parse(&self.phone, replaces));
        let phone = errors.take("phone", phone);
        errors.take("detail", check_line(&self.detail, 1, DETAIL_MAX));
        let names = [&self.region_code, &self.province, &self.city, &self.district].map(|name| name.trim());
        let region = regions::agreed(names, &mut errors);
        errors.finish()?;
        let (Some(phone), Some(region)) = (phone, region) else {
            return Err(Error::internal("an address without a fault is none"));
        };
        Ok(Typed {
            name: self.name,
            phone,
            region,
            region_code: self.region_code.trim().to_owned(),
            detail: self.detail,
            is_default: self.is_default,
        })
    }
}

/// An address as it is shown to its owner.
#[derive(Serialize, ToSchema)]
pub(crate) struct AddressView {
    /// Random.
    #[schema(example = "8k3v9x0q7m2tznpa")]
    id: String,
    #[schema(example = "张三")]
    name: String,
    /// Masked.
    #[schema(example = "138****0000")]
    phone: String,
    #[schema(example = "山东省")]
    province: String,
    #[schema(example = "临沂市")]
    city: String,
    #[schema(example = "兰山区")]
    district: String,
    #[schema(example = "金雀山路1号")]
    detail: String,
    #[schema(example = "371302")]
    region_code: String,
    /// Exactly one of a buyer's addresses is the default.
    is_default: bool,
}

impl From<Address> for AddressView {
    fn from(address: Address) -> Self {
        let ship_to = address.ship_to;
        Self {
            id: address.public_id,
            name: ship_to.name,
            phone: mask_phone(&ship_to.phone),
            province: ship_to.province,
            city: ship_to.city,
            district: ship_to.district,
            detail: ship_to.detail,
            region_code: ship_to.region_code,
            is_default: address.is_default,
        }
    }
}

/// All addresses of a buyer.
#[derive(Serialize, ToSchema)]
pub(crate) struct AddressList {
    /// The default first, then the newest; at most 20.
    items: Vec<AddressView>,
}

/// The buyer's addresses.
#[utoipa::path(
    get, path = "/api/v1/addresses", tag = "addresses", security(("bearer" = [])),
    responses(
        (status = 200, description = "The default first, then the newest", body = AddressList),
        (status = 401, description = "`unauthorized`", body = Problem),
    )
)]
pub(crate) async fn list(app: Data<App>, buyer: Buyer) -> std::result::Result<Json<AddressList>, Problem> {
    let context = app.clone();
    let found = app.db.read_one(move |rx| book::list(rx, &context.sealer, buyer.customer_id)).await?;
    Ok(Json(AddressList { items: found.into_iter().map(AddressView::from).collect() }))
}

/// Adds an address. The first one is the default.
#[utoipa::path(
    post, path = "/api/v1/addresses", tag = "addresses", request_body = AddressRequest, security(("bearer" = [])),
    responses(
        (status = 201, description = "Stored", body = AddressView),
        (status = 400, description = "`invalid_request`: names the field", body = Problem),
        (status = 401, description = "`unauthorized`", body = Problem),
        (status = 409, description = "`limit_reached`: a buyer has at most 20; or `consent_required`: to the privacy text, named in `version`",
         body = Problem),
    )
)]
pub(crate) async fn create(
    app: Data<App>,
    buyer: Buyer,
    Json(request): Json<AddressRequest>,
) -> std::result::Result<HttpResponse, Problem> {
    let address = book::create(&app, buyer.customer_id, request.checked(false)?).await?;
    Ok(HttpResponse::Created().json(AddressView::from(address)))
}

/// Replaces an address.
#[utoipa::path(
    put, path = "/api/v1/addresses/{id}", tag = "addresses", params(("id" = String, Path)),
    request_body = AddressRequest, security(("bearer" = [])),
    responses(
        (status = 200, description = "As it is now", body = AddressView),
        (status = 400, description = "`invalid_request`: names the field", body = Problem),
        (status = 401, description = "`unauthorized`", body = Problem),
        (status = 404, description = "`not_found`: no such address, or not yours", body = Problem),
        (status = 409, description = "`consent_required`: to the privacy text, named in `version`", body = Problem),
    )
)]
pub(crate) async fn update(
    app: Data<App>,
    buyer: Buyer,
    Path(id): Path<String>,
    Json(request): Json<AddressRequest>,
) -> std::result::Result<Json<AddressView>, Problem> {
    Ok(Json(book::update(&app, buyer.customer_id, id, request.checked(true)?).await?.into()))
}

/// Deletes an address. If it was the default, the newest one becomes it. Orders keep their own copy.
#[utoipa::path(
    delete, path = "/api/v1/addresses/{id}", tag = "addresses", params(("id" = String, Path)),
    security(("bearer" = [])),
    responses(
        (status = 204, description = "Deleted"),
        (status = 401, description = "`unauthorized`", body = Problem),
        (status = 404, description = "`not_found`: no such address, or not yours", body = Problem),
    )
)]
pub(crate) async fn delete(
    app: Data<App>,
    buyer: Buyer,
    Path(id): Path<String>,
) -> std::result::Result<HttpResponse, Problem> {
    book::delete(&app, buyer.customer_id, id).await?;
    Ok(HttpResponse::NoContent().finish())
}
