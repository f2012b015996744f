//! The demo catalogue as it is written in `demo/`, packed into the binary.

use serde::Deserialize;

use super::pictures::PICTURES;
use crate::base::clock::Timestamp;
use crate::base::db::Tx;
use crate::base::error::{Error, Result};
use crate::base::ids::SkuId;
use crate::base::money::Fen;
use crate::base::text::Text3;
use crate::domain::catalogue;
use crate::domain::catalogue::{CategoryRow, CustomsRow, CustomsStatus, ProductRow, SkuRow, Supervision, VendorRow};
use crate::domain::content::NoticeRow;
use crate::domain::pricing::FreightRow;
use crate::domain::stock;

const CATALOGUE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/demo/catalogue.json"));
const FREIGHT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/demo/freight.json"));
const NOTICES: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/demo/notices.json"));

/// The demo data, checked, as rows.
pub(super) struct Demo {
    pub(super) categories: Vec<CategoryRow>,
    pub(super) vendors: Vec<VendorRow>,
    pub(super) freight: Vec<FreightRow>,
    pub(super) notices: Vec<NoticeRow>,
    pub(super) products: Vec<Product>,
    pub(super) skus: Vec<Sku>,
}

impl Demo {
    pub(super) fn packed() -> Result<Self> {
        Self::read(CATALOGUE, FREIGHT, NOTICES)
    }

    fn read(catalogue: &str, freight: &str, notices: &str) -> Result<Self> {
        let catalogue: Catalogue = parse("catalogue.json", catalogue)?;
        let freight: Vec<Freight> = parse("freight.json", freight)?;
        let notices: Notices = parse("notices.json", notices)?;
        catalogue.check()?;
        let skus = catalogue.products.iter().flat_map(|product| {
            product.skus.iter().map(|sku| Sku { product: product.slug.clone(), content: sku.clone() })
        });
        Ok(Self {
            skus: skus.collect(),
            categories: catalogue.categories.into_iter().map(Category::into_row).collect(),
            vendors: catalogue.vendors.into_iter().map(Vendor::into_row).collect(),
            products: catalogue.products,
            freight: freight.into_iter().map(Freight::into_row).collect::<Result<_>>()?,
            notices: vec![notices.cross_border.into_row()],
        })
    }
}

fn parse<'a, T: Deserialize<'a>>(file: &str, text: &'a str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::internal(format!("demo/{file}: {error}")))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalogue {
    categories: Vec<Category>,
    vendors: Vec<Vendor>,
    products: Vec<Product>,
}

impl Catalogue {
    /// References and names; amounts are left to the database's CHECKs.
    fn check(&self) -> Result<()> {
        let fault = |slug: &str, what: &str| Err(Error::internal(format!("demo/catalogue.json: {slug}: {what}")));
        let slugs = self.categories.iter().map(|category| &category.slug);
        let slugs = slugs.chain(self.vendors.iter().map(|vendor| &vendor.slug));
        for slug in slugs.chain(self.products.iter().map(|product| &product.slug)) {
            // A slug of digits would be taken for an id.
            let first = slug.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
            if !first || !slug.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
                return fault(slug, "a slug is lower-case letters, digits and hyphens, a letter first");
            }
        }
        for product in &self.products {
            if !self.vendors.iter().any(|vendor| vendor.slug == product.vendor) {
                return fault(&product.slug, "its vendor is not in the file");
            }
            if !self.categories.iter().any(|category| category.slug == product.category) {
                return fault(&product.slug, "its category is not in the file");
            }
            if !PICTURES.iter().any(|(name, _)| *name == product.image) {
                return fault(&product.slug, "its picture is not packed");
            }
            if product.skus.is_empty() {
                return fault(&product.slug, "it has no SKU");
            }
        }
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Category {
    slug: String,
    name: Text3,
    position: i32,
}

impl Category {
    fn into_row(self) -> CategoryRow {
        let Text3 { zh, ko, en } = self.name;
        CategoryRow { slug: self.slug, name_zh: zh, name_ko: ko, name_en: en, position: self.position }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vendor {
    slug: String,
    name: Text3,
    intro: Text3,
    founded: i32,
}

impl Vendor {
    fn into_row(self) -> VendorRow {
        let Self { slug, name, intro, founded } = self;
        VendorRow {
            slug,
            name_zh: name.zh,
            name_ko: name.ko,
            name_en: name.en,
            intro_zh: intro.zh,
            intro_ko: intro.ko,
            intro_en: intro.en,
            founded,
        }
    }
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Product {
    slug: String,
    vendor: String,
    category: String,
    name: Text3,
    summary: Text3,
    description: Text3,
    origin_country: String,
    maker: Text3,
    label_zh: String,
    search_terms: Vec<String>,
    image: String,
    supervision: Supervision,
    published: bool,
    skus: Vec<SkuContent>,
}

impl Product {
    pub(super) fn put(&self, tx: &mut Tx, at: Timestamp) -> Result<usize> {
        let Self { name, summary, description, maker, .. } = self.clone();
        let search_terms = serde_json::to_string(&self.search_terms)
            .map_err(|_| Error::internal("search terms can't be written as JSON"))?;
        let row = ProductRow {
            slug: self.slug.clone(),
            vendor_id: catalogue::vendor_id(tx, &self.vendor)?,
            category_id: catalogue::category_id(tx, &self.category)?,
            name_zh: name.zh,
            name_ko: name.ko,
            name_en: name.en,
            summary_zh: summary.zh,
            summary_ko: summary.ko,
            summary_en: summary.en,
            description_zh: description.zh,
            description_ko: description.ko,
            description_en: description.en,
            maker_zh: maker.zh,
            maker_ko: maker.ko,
            maker_en: maker.en,
            origin_country: self.origin_country.clone(),
            label_zh: self.label_zh.clone(),
            search_terms,
            image: self.image.clone(),
            supervision: self.supervision,
            published: self.published,
        };
        row.put(tx, at).map(usize::from)
    }
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct SkuContent {
    code: String,
    spec: Text3,
    price_fen: Fen,
    gross_weight_g: i64,
    limit_per_order: i64,
    initial_stock: i64,
    shelf_life_days: Option<i32>,
    customs: Customs,
}

/// A SKU with the slug of its product.
#[derive(Clone)]
pub(super) struct Sku {
    product: String,
    content: SkuContent,
}

impl Sku {
    pub(super) fn put(&self, tx: &mut Tx, at: Timestamp) -> Result<usize> {
        let SkuContent { code, spec, customs, .. } = self.content.clone();
        let row = SkuRow {
            code,
            product_id: catalogue::product_id(tx, &self.product)?,
            spec_zh: spec.zh,
            spec_ko: spec.ko,
            spec_en: spec.en,
            price_fen: self.content.price_fen,
            gross_weight_g: self.content.gross_weight_g,
            limit_per_order: self.content.limit_per_order,
            shelf_life_days: self.content.shelf_life_days,
            on_sale: true,
        };
        let sku_written = row.put(tx)?;
        let sku_id = catalogue::sku_id(tx, &row.code)?;
        let customs_written = customs.into_row(sku_id).put(tx)?;
        let stock_opened = stock::receive_initial(tx, sku_id, self.content.initial_stock, at)?;
        Ok(usize::from(sku_written) + usize::from(customs_written) + 2 * usize::from(stock_opened))
    }
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Customs {
    gcode: String,
    name_zh: String,
    unit: String,
    unit1: String,
    unit2: Option<String>,
    qty1_per_piece: String,
    qty2_per_piece: Option<String>,
    net_content: String,
    net_content_unit: String,
    origin_code: String,
    currency_code: String,
    status: CustomsStatus,
}

impl Customs {
    fn into_row(self, sku_id: SkuId) -> CustomsRow {
        CustomsRow {
            sku_id,
            gcode: self.gcode,
            name_zh: self.name_zh,
            unit: self.unit,
            unit1: self.unit1,
            unit2: self.unit2,
            qty1_per_piece: self.qty1_per_piece,
            qty2_per_piece: self.qty2_per_piece,
            net_content: self.net_content,
            net_content_unit: self.net_content_unit,
            origin_code: self.origin_code,
            currency_code: self.currency_code,
            status: self.status,
        }
    }
}

/// Fees are there where something is delivered.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Freight {
    province: String,
    served: bool,
    first_weight_g: Option<i64>,
    first_fee_fen: Option<Fen>,
    step_weight_g: Option<i64>,
    step_fee_fen: Option<Fen>,
    free_from_fen: Option<Fen>,
}

impl Freight {
    fn into_row(self) -> Result<FreightRow> {
        let fees = (self.first_weight_g, self.first_fee_fen, self.step_weight_g, self.step_fee_fen);
        let (first_weight_g, first_fee_fen, step_weight_g, step_fee_fen) = match fees {
            (Some(first_weight), Some(first_fee), Some(step_weight), Some(step_fee)) => {
                (first_weight, first_fee, step_weight, step_fee)
            }
            // The columns want weights; nothing is computed with them.
            _ if !self.served => (1, Fen::ZERO, 1, Fen::ZERO),
            _ => return Err(Error::internal(format!("demo/freight.json: {}: a fee is missing", self.province))),
        };
        Ok(FreightRow {
            province: self.province,
            served: self.served,
            first_weight_g,
            first_fee_fen,
            step_weight_g,
            step_fee_fen,
            free_from_fen: self.free_from_fen,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Notices {
    cross_border: Notice,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Notice {
    version: String,
    title: Text3,
    text: Text3,
}

impl Notice {
    /// The title is the first line of the text.
    fn into_row(self) -> NoticeRow {
        let Self { version, title, text } = self;
        NoticeRow {
            version,
            text_zh: format!("{}\n\n{}", title.zh, text.zh),
            text_ko: format!("{}\n\n{}", title.ko, text.ko),
            text_en: format!("{}\n\n{}", title.en, text.en),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn fault(catalogue: &str, freight: &str) -> String {
        Demo::read(catalogue, freight, NOTICES).err().expect("a fault").to_string()
    }

    #[test]
    fn a_fault_in_the_data_is_named() {
        let broken = |from: &str, to: &str| fault(&CATALOGUE.replacen(from, to, 1), FREIGHT);
        assert!(broken("\"vendor\": \"suridam\"", "\"vendor\": \"nobody\"").contains("its vendor is not in the file"));
        assert!(broken("\"slug\": \"suridam\"", "\"slug\": \"42\"").contains("42: a slug is"));
        assert!(broken("\"price_fen\": ", "\"price\": ").contains("unknown field `price`"));
        assert!(broken("\"price_fen\": ", "\"price_fen\": 1.5, \"x\": ").contains("line "));
        let no_fee = FREIGHT.replacen("\"first_fee_fen\": 1000", "\"first_fee_fen\": null", 1);
        assert!(fault(CATALOGUE, &no_fee).contains("11: a fee is missing"));
    }
}
