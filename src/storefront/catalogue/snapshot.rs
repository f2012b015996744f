//! The immutable picture of the catalogue that reads are served from.

use std::collections::HashMap;

use actix_web::web::Bytes;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::listing::{Sort, sorted};
use super::view::{CategoryView, ItemHead, Listing, NoticeView, ProductHead, SkuHead, VendorRef, VendorView};
use crate::base::error::{Error, Result};
use crate::base::ids::{CategoryId, ProductId, SkuId, VendorId};
use crate::base::money::Fen;
use crate::base::text::Lang;
use crate::base::text::PerLang;
use crate::domain::catalogue::{Rows, StoredCategory, StoredProduct, StoredSku, StoredVendor, media_url};
use crate::domain::content::StoredNotice;
use crate::domain::search::{self, Document};

/// The catalogue at one version.
pub(crate) struct Snapshot {
    pub(super) version: i64,
    /// Of everything that is served from here: equal digests mean equal bytes, on every node and after every restart.
    pub(super) digest: String,
    /// By category position, then id.
    pub(super) products: Vec<Product>,
    by_id: HashMap<ProductId, usize>,
    by_slug: HashMap<String, usize>,
    /// Indexes of `products` for each order of the list.
    pub(super) sorted: [Vec<usize>; Sort::ALL.len()],
    /// Of the products, in id order, with the limit of one order.
    pub(super) sku_ids: Vec<SkuId>,
    pub(super) limits: Vec<i64>,
    pub(super) categories: PerLang<Bytes>,
    pub(super) vendors: PerLang<Bytes>,
    vendor_pages: HashMap<String, PerLang<Bytes>>,
    pub(super) search: search::Index,
}

/// One product, ready to be served.
pub(super) struct Product {
    pub(super) id: ProductId,
    slug: String,
    vendor_id: VendorId,
    category_id: CategoryId,
    pub(super) vendor_slug: String,
    pub(super) category_slug: String,
    pub(super) category_position: i32,
    pub(super) price_fen: Fen,
    pub(super) created_ms: i64,
    pub(super) skus: Vec<Sku>,
    /// JSON objects of a list and of the page, left open: what is left comes behind.
    pub(super) item: PerLang<Vec<u8>>,
    pub(super) page: PerLang<Vec<u8>>,
}

pub(super) struct Sku {
    /// Place in `Snapshot::sku_ids`.
    pub(super) slot: usize,
    /// JSON object, left open.
    pub(super) open: PerLang<Vec<u8>>,
}

impl Snapshot {
    /// Fails on a row that can't be understood; the snapshot before it then stays.
    pub(super) fn build(rows: &Rows, notice: Option<&StoredNotice>) -> Result<Self> {
        let categories: HashMap<CategoryId, &StoredCategory> =
            rows.categories.iter().map(|category| (category.id, category)).collect();
        let vendors: HashMap<VendorId, &StoredVendor> = rows.vendors.iter().map(|vendor| (vendor.id, vendor)).collect();
        let mut skus_of: HashMap<ProductId, Vec<&StoredSku>> = HashMap::new();
        for sku in &rows.skus {
            skus_of.entry(sku.product_id).or_default().push(sku);
        }
        let mut shown: Vec<Shown> = Vec::new();
        for product in &rows.products {
            let Some(skus) = skus_of.remove(&product.id) else { continue };
            let missing = || Error::internal(format!("product {} has no category or vendor", product.id));
            let category = categories.get(&product.category_id).copied().ok_or_else(missing)?;
            let vendor = vendors.get(&product.vendor_id).copied().ok_or_else(missing)?;
            shown.push(Shown { product, category, vendor, skus });
        }
        shown.sort_by_key(|shown| (shown.category.position, shown.product.id));

        let mut sellable: Vec<(SkuId, i64)> =
            shown.iter().flat_map(|shown| &shown.skus).map(|sku| (sku.id, sku.limit_per_order)).collect();
        sellable.sort_unstable();
        let (sku_ids, limits): (Vec<SkuId>, Vec<i64>) = sellable.into_iter().unzip();

        let search = search::Index::build(shown.iter().map(Shown::document).collect::<Result<Vec<_>>>()?);
        let products =
            shown.into_iter().map(|shown| shown.serve(&sku_ids, notice)).collect::<Result<Vec<Product>>>()?;
        let by_id = products.iter().enumerate().map(|(index, product)| (product.id, index)).collect();
        let by_slug = products.iter().enumerate().map(|(index, product)| (product.slug.clone(), index)).collect();
        let mut snapshot = Self {
            version: rows.version,
            digest: String::new(),
            sorted: Sort::ALL.map(|sort| sorted(&products, sort)),
            categories: category_list(&rows.categories, &products)?,
            vendors: vendor_list(&rows.vendors, &products)?,
            vendor_pages: vendor_pages(&rows.vendors, &products)?,
            products,
            by_id,
            by_slug,
            sku_ids,
            limits,
            search,
        };
        snapshot.digest = snapshot.digest();
        Ok(snapshot)
    }

    /// By id or slug; slugs begin with a letter, so they can't be taken for ids.
    pub(super) fn product(&self, id_or_slug: &str) -> Option<&Product> {
        let index = match id_or_slug.parse() {
            Ok(id) => self.by_id.get(&id),
            Err(_) => self.by_slug.get(id_or_slug),
        };
        self.products.get(*index?)
    }

    pub(super) fn vendor(&self, slug: &str, lang: Lang) -> Option<Bytes> {
        Some(self.vendor_pages.get(slug)?.get(lang).clone())
    }

    pub(crate) fn search(&self) -> &search::Index {
        &self.search
    }

    fn digest(&self) -> String {
        let mut hash = Sha256::new();
        // Another version of the program may write the same rows otherwise.
        hash.update(env!("CARGO_PKG_VERSION"));
        for lang in Lang::ALL {
            hash.update(self.categories.get(lang));
            hash.update(self.vendors.get(lang));
            for product in &self.products {
                hash.update(product.item.get(lang));
                hash.update(product.page.get(lang));
                for sku in &product.skus {
                    hash.update(sku.open.get(lang));
                }
            }
        }
        // What is not shown, but decides what is listed, and where.
        for index in self.sorted.iter().flatten() {
            hash.update(index.to_le_bytes());
        }
        for text in self.search.texts() {
            hash.update(text);
        }
        short_hex(hash)
    }
}

/// 64 bits are enough: a collision shows an old page, and nobody gains from one.
pub(super) fn short_hex(hash: Sha256) -> String {
    hex::encode(&hash.finalize()[..8])
}

/// A product that is shown, with the rows it is told from.
struct Shown<'a> {
    product: &'a StoredProduct,
    category: &'a StoredCategory,
    vendor: &'a StoredVendor,
    skus: Vec<&'a StoredSku>,
}

impl<'a> Shown<'a> {
    fn document(&self) -> Result<Document<'a>> {
        let terms = serde_json::from_str(&self.product.search_terms)
            .map_err(|_| Error::internal(format!("search terms of product {} are not JSON", self.product.id)))?;
        Ok(Document {
            name: &self.product.name,
            terms,
            vendor: &self.vendor.name,
            category: &self.category.name,
            summary: &self.product.summary,
        })
    }

    fn serve(self, sku_ids: &[SkuId], notice: Option<&StoredNotice>) -> Result<Product> {
        let price_fen = self.skus.iter().map(|sku| sku.price_fen).min().unwrap_or_default();
        let skus = self
            .skus
            .iter()
            .map(|sku| {
                let slot = sku_ids.binary_search(&sku.id).map_err(|_| Error::internal("a SKU without a slot"))?;
                Ok(Sku { slot, open: PerLang::build(|lang| open_object(&SkuHead::new(sku, lang)))? })
            })
            .collect::<Result<Vec<_>>>()?;
        let item = PerLang::build(|lang| open_object(&self.item(lang, price_fen)))?;
        let page = PerLang::build(|lang| open_object(&self.page(lang, price_fen, notice)))?;
        Ok(Product {
            id: self.product.id,
            slug: self.product.slug.clone(),
            vendor_id: self.product.vendor_id,
            category_id: self.product.category_id,
            vendor_slug: self.vendor.slug.clone(),
            category_slug: self.category.slug.clone(),
            category_position: self.category.position,
            price_fen,
            created_ms: self.product.created_at.utc().timestamp_millis(),
            skus,
            item,
            page,
        })
    }

    fn item(&self, lang: Lang, price_fen: Fen) -> ItemHead {
        ItemHead {
            id: self.product.id,
            slug: self.product.slug.clone(),
            name: self.product.name.get(lang).to_owned(),
            vendor: VendorRef { slug: self.vendor.slug.clone(), name: self.vendor.name.get(lang).to_owned() },
            category: self.category.slug.clone(),
            image: media_url(&self.product.image),
            price_fen,
            tax_fen: Fen::ZERO,
        }
    }

    fn page(&self, lang: Lang, price_fen: Fen, notice: Option<&StoredNotice>) -> ProductHead {
        let product = self.product;
        ProductHead {
            item: self.item(lang, price_fen),
            summary: product.summary.get(lang).to_owned(),
            description: product.description.get(lang).to_owned(),
            origin: product.origin_country.clone(),
            maker: product.maker.get(lang).to_owned(),
            label_zh: product.label_zh.clone(),
            supervision: product.supervision,
            notices: notice.map(|notice| NoticeView::new(notice, lang)).into_iter().collect(),
            earliest_expiry: None,
        }
    }
}

fn category_list(categories: &[StoredCategory], products: &[Product]) -> Result<PerLang<Bytes>> {
    let count = |id| products.iter().filter(|product| product.category_id == id).count();
    PerLang::build(|lang| {
        let view = |category: &StoredCategory| CategoryView {
            slug: category.slug.clone(),
            name: category.name.get(lang).to_owned(),
            image: media_url(&format!("categories/{}.png", category.slug)),
            product_count: count(category.id),
        };
        Ok(Bytes::from(json(&Listing { items: categories.iter().map(view).collect::<Vec<_>>() })?))
    })
}

fn vendor_view(vendor: &StoredVendor, products: &[Product], lang: Lang) -> VendorView {
    VendorView {
        slug: vendor.slug.clone(),
        name: vendor.name.get(lang).to_owned(),
        intro: vendor.intro.get(lang).to_owned(),
        founded: vendor.founded,
        image: media_url(&format!("vendors/{}.jpg", vendor.slug)),
        product_count: products.iter().filter(|product| product.vendor_id == vendor.id).count(),
    }
}

fn vendor_list(vendors: &[StoredVendor], products: &[Product]) -> Result<PerLang<Bytes>> {
    PerLang::build(|lang| {
        let items: Vec<_> = vendors.iter().map(|vendor| vendor_view(vendor, products, lang)).collect();
        Ok(Bytes::from(json(&Listing { items })?))
    })
}

fn vendor_pages(vendors: &[StoredVendor], products: &[Product]) -> Result<HashMap<String, PerLang<Bytes>>> {
    let page = |vendor: &StoredVendor| {
        let page = PerLang::build(|lang| json(&vendor_view(vendor, products, lang)).map(Bytes::from))?;
        Ok((vendor.slug.clone(), page))
    };
    vendors.iter().map(page).collect()
}

fn json(value: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(|_| Error::internal("a part of the catalogue can't be written as JSON"))
}

/// A JSON object without its closing brace.
fn open_object(value: &impl Serialize) -> Result<Vec<u8>> {
    let mut object = json(value)?;
    object.pop();
    Ok(object)
}
