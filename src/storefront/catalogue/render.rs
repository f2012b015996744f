//! Bytes of lists and pages: what the snapshot holds, with what is left put in.

use actix_web::web::Bytes;

use super::Current;
use super::listing::{ListPage, ListRequest};
use super::snapshot::Product;
use crate::base::text::Lang;
use crate::web::pages::Cursor;

impl Current {
    pub(super) fn list(&self, request: &ListRequest, lang: Lang) -> Bytes {
        if *request == ListRequest::first_page() {
            self.first_pages.get(lang).clone()
        } else {
            self.render(request, lang)
        }
    }

    pub(super) fn render(&self, request: &ListRequest, lang: Lang) -> Bytes {
        let ListPage { products, next, total } = self.snapshot.find(request);
        let size: usize = products.iter().map(|product| product.item.get(lang).len() + 20).sum();
        let mut json = Vec::with_capacity(size + 128);
        json.extend_from_slice(b"{\"items\":[");
        for (index, product) in products.into_iter().enumerate() {
            if index > 0 {
                json.push(b',');
            }
            json.extend_from_slice(product.item.get(lang));
            json.extend_from_slice(self.in_stock(product));
            json.push(b'}');
        }
        json.extend_from_slice(b"],\"next_cursor\":");
        let cursor = next.map(Cursor::of);
        json.extend_from_slice(serde_json::to_string(&cursor).as_deref().unwrap_or("null").as_bytes());
        json.extend_from_slice(format!(",\"total\":{total}}}").as_bytes());
        json.into()
    }

    pub(super) fn page(&self, product: &Product, lang: Lang) -> Bytes {
        let open = product.page.get(lang);
        let size: usize = product.skus.iter().map(|sku| sku.open.get(lang).len() + 40).sum();
        let mut json = Vec::with_capacity(open.len() + size + 40);
        json.extend_from_slice(open);
        json.extend_from_slice(self.in_stock(product));
        json.extend_from_slice(b",\"skus\":[");
        for (index, sku) in product.skus.iter().enumerate() {
            if index > 0 {
                json.push(b',');
            }
            json.extend_from_slice(sku.open.get(lang));
            json.extend_from_slice(format!(",\"available\":{}}}", self.left(sku.slot)).as_bytes());
        }
        json.extend_from_slice(b"]}");
        json.into()
    }

    fn in_stock(&self, product: &Product) -> &'static [u8] {
        let in_stock = product.skus.iter().any(|sku| self.left(sku.slot) > 0);
        if in_stock { b",\"in_stock\":true" } else { b",\"in_stock\":false" }
    }

    fn left(&self, slot: usize) -> i64 {
        self.available.get(slot).copied().unwrap_or(0)
    }
}
