//! What bots are called.

/// First names from many places; short, so that they fit above a head.
const NAMES: [&str; 48] = [
    "Anouk", "Bashir", "Clio", "Dario", "Elin", "Farid", "Greta", "Hiro", "Ines", "Jarek", "Kaya", "Leif",
    "Mirela", "Nadim", "Oksana", "Paolo", "Quinn", "Rania", "Stellan", "Tamsin", "Ulla", "Vikram", "Wanda",
    "Xavi", "Yara", "Zoran", "Amadou", "Birgit", "Cosmo", "Delphine", "Emeka", "Fenna", "Goran", "Hedda",
    "Imre", "Jun", "Kofi", "Lotte", "Mateo", "Nerea", "Otis", "Petra", "Rasmus", "Sunniva", "Tariq", "Umi",
    "Vesna", "Wim",
];

/// The name of the bot with this number. Numbers that follow each other have different names.
#[must_use]
pub fn name_of(number: u32) -> &'static str {
    // 29 shares no factor with 48, so 48 neighbours have 48 names.
    NAMES[(number as usize).wrapping_mul(29) % NAMES.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_bots_as_there_are_names_have_different_ones() {
        let mut names: Vec<_> = (1_000..1_048).map(name_of).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), NAMES.len());
    }
}
