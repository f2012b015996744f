//! Pictures of the demo catalogue, packed into the binary so that `seed` and `demo` work wherever it is started.

macro_rules! pictures {
    ($($path:literal,)+) => {
        [$(($path, include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/demo/images/", $path)).as_slice()),)+]
    };
}

/// Path under the media folder, and content.
pub(super) const PICTURES: &[(&str, &[u8])] = &pictures![
    "categories/baby.png",
    "categories/cosmetics.png",
    "categories/health-food.png",
    "categories/toys.png",
    "products/airy-finish-powder.jpg",
    "products/azalea-hill-puzzle.jpg",
    "products/bath-stacking-boats.jpg",
    "products/centella-panthenol-cream.jpg",
    "products/cloud-soft-diaper.jpg",
    "products/daily-probiotic-stick.jpg",
    "products/gauze-pajama-set.jpg",
    "products/heartleaf-soothing-mask.jpg",
    "products/hillside-hand-cream.jpg",
    "products/moon-picnic-board-game.jpg",
    "products/mugwort-essence-toner.jpg",
    "products/omija-ferment-serum.jpg",
    "products/otter-plush.jpg",
    "products/peony-eye-cream.jpg",
    "products/pomegranate-collagen-jelly.jpg",
    "products/ppsu-feeding-bottle.jpg",
    "products/pure-red-ginseng-extract.jpg",
    "products/red-ginseng-jujube-drink.jpg",
    "products/red-ginseng-stick.jpg",
    "products/ribbed-cotton-bodysuit.jpg",
    "products/rice-cleansing-foam.jpg",
    "products/rosemary-ginger-shampoo.jpg",
    "products/silicone-catch-bib.jpg",
    "products/soft-silicone-teat.jpg",
    "products/vitamin-c-gummy.jpg",
    "products/wooden-block-village.jpg",
    "products/wooden-ride-on-car.jpg",
    "vendors/binggeul-hill.jpg",
    "vendors/dalyeoul-lab.jpg",
    "vendors/gounsup.jpg",
    "vendors/hongsaemtteul.jpg",
    "vendors/monggeul-sombat.jpg",
    "vendors/pogeundal-house.jpg",
    "vendors/sudalbyeol.jpg",
    "vendors/suridam.jpg",
    "vendors/ttogak-forest.jpg",
    "vendors/yeonbunhong-soapworks.jpg",
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::PICTURES;

    #[test]
    fn every_picture_of_the_demo_is_packed() {
        let images = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/images");
        let mut found = Vec::new();
        for folder in std::fs::read_dir(&images).unwrap() {
            for picture in std::fs::read_dir(folder.unwrap().path()).unwrap() {
                let path = picture.unwrap().path();
                found.push(path.strip_prefix(&images).unwrap().to_str().unwrap().to_owned());
            }
        }
        found.sort();
        assert_eq!(found, PICTURES.iter().map(|(path, _)| *path).collect::<Vec<_>>());
    }
}
