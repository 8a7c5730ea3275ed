//! The cities that the weather API knows, and what a usual year is like in each.
//!
//! The figures are rounded from published climate normals. They are there so that the examples answer without a
//! network and without a key, not to plan a journey by.

/// A city and its usual year.
#[derive(Debug)]
pub(crate) struct City {
    pub(crate) name: &'static str,
    /// The two letters of the state; empty outside the US.
    pub(crate) state: &'static str,
    /// The two letters of ISO 3166.
    pub(crate) country: &'static str,
    /// The mean daily minimum of each month, in degrees Celsius.
    pub(crate) low: [i8; 12],
    /// The mean daily maximum of each month, in degrees Celsius.
    pub(crate) high: [i8; 12],
    /// Relative humidity in per cent, in January and in July; the year swings between the two.
    pub(crate) humidity: [u8; 2],
    /// Pressure at sea level in hPa, in January and in July.
    pub(crate) pressure: [u16; 2],
}

// Two lines a city: as rustfmt would have it, the table is four times as long and can no longer be compared by eye.
// Where a name occurs twice in a country, the first is the one meant when no state is given.
#[rustfmt::skip]
pub(crate) static CITIES: [City; 46] = [
    City { name: "Anchorage", state: "AK", country: "US", humidity: [73, 71], pressure: [1004, 1013],
        low: [-12, -10, -8, -2, 4, 9, 11, 10, 5, -2, -8, -10], high: [-5, -3, 1, 7, 14, 17, 19, 18, 13, 5, -2, -4] },
    City { name: "Atlanta", state: "GA", country: "US", humidity: [67, 74], pressure: [1021, 1016],
        low: [1, 3, 7, 11, 16, 20, 22, 22, 18, 12, 6, 3], high: [12, 14, 18, 23, 27, 31, 32, 32, 28, 23, 18, 13] },
    City { name: "Austin", state: "TX", country: "US", humidity: [67, 65], pressure: [1021, 1015],
        low: [5, 7, 11, 15, 19, 23, 24, 24, 21, 16, 10, 6], high: [17, 19, 23, 27, 30, 34, 36, 36, 33, 28, 22, 17] },
    City { name: "Boston", state: "MA", country: "US", humidity: [62, 68], pressure: [1016, 1015],
        low: [-5, -4, 0, 5, 10, 16, 19, 18, 14, 9, 4, -2], high: [3, 4, 8, 13, 19, 25, 28, 27, 23, 17, 11, 6] },
    City { name: "Chicago", state: "IL", country: "US", humidity: [72, 70], pressure: [1019, 1015],
        low: [-8, -6, -1, 5, 10, 16, 19, 19, 15, 8, 2, -5], high: [0, 2, 8, 15, 21, 27, 29, 28, 24, 17, 9, 2] },
    City { name: "Denver", state: "CO", country: "US", humidity: [55, 48], pressure: [1018, 1014],
        low: [-8, -7, -3, 1, 6, 11, 15, 14, 9, 2, -4, -8], high: [7, 8, 13, 16, 22, 28, 32, 31, 26, 19, 12, 7] },
    City { name: "Honolulu", state: "HI", country: "US", humidity: [73, 65], pressure: [1016, 1017],
        low: [19, 19, 20, 21, 22, 23, 24, 24, 24, 23, 22, 20], high: [27, 27, 27, 28, 29, 31, 31, 32, 31, 30, 29, 27] },
    City { name: "Houston", state: "TX", country: "US", humidity: [75, 75], pressure: [1021, 1016],
        low: [7, 9, 12, 16, 20, 23, 24, 24, 22, 17, 11, 8], high: [17, 19, 23, 27, 30, 33, 35, 35, 32, 28, 22, 18] },
    City { name: "Los Angeles", state: "CA", country: "US", humidity: [63, 73], pressure: [1019, 1014],
        low: [10, 10, 11, 13, 15, 16, 18, 19, 18, 16, 12, 9], high: [20, 20, 21, 23, 24, 26, 28, 29, 29, 26, 23, 20] },
    City { name: "Miami", state: "FL", country: "US", humidity: [73, 75], pressure: [1020, 1017],
        low: [16, 17, 18, 21, 23, 25, 26, 26, 25, 24, 20, 18], high: [24, 25, 27, 28, 30, 32, 33, 33, 32, 30, 27, 26] },
    City { name: "New York", state: "NY", country: "US", humidity: [61, 66], pressure: [1018, 1015],
        low: [-2, -1, 2, 7, 13, 18, 21, 21, 17, 11, 6, 1], high: [4, 6, 10, 17, 22, 27, 29, 29, 25, 18, 12, 7] },
    City { name: "Phoenix", state: "AZ", country: "US", humidity: [48, 31], pressure: [1019, 1007],
        low: [8, 9, 12, 16, 21, 26, 29, 29, 25, 18, 12, 7], high: [20, 22, 25, 30, 35, 40, 41, 40, 38, 31, 24, 19] },
    City { name: "Portland", state: "OR", country: "US", humidity: [80, 64], pressure: [1019, 1017],
        low: [2, 3, 4, 6, 9, 12, 14, 14, 12, 8, 4, 2], high: [8, 11, 14, 17, 20, 23, 27, 28, 25, 18, 12, 8] },
    City { name: "Portland", state: "ME", country: "US", humidity: [68, 74], pressure: [1016, 1014],
        low: [-10, -9, -4, 2, 7, 12, 16, 15, 11, 5, 0, -6], high: [0, 2, 5, 12, 17, 22, 26, 25, 21, 15, 9, 3] },
    City { name: "San Francisco", state: "CA", country: "US", humidity: [78, 75], pressure: [1020, 1015],
        low: [8, 9, 9, 10, 11, 12, 13, 13, 13, 12, 10, 8], high: [14, 16, 17, 17, 18, 19, 19, 20, 21, 21, 18, 14] },
    City { name: "Seattle", state: "WA", country: "US", humidity: [81, 65], pressure: [1018, 1018],
        low: [3, 3, 4, 6, 9, 12, 14, 14, 12, 8, 5, 3], high: [9, 10, 12, 15, 19, 22, 25, 25, 22, 16, 11, 8] },
    City { name: "Washington", state: "DC", country: "US", humidity: [62, 67], pressure: [1019, 1016],
        low: [-1, 0, 4, 9, 14, 20, 22, 21, 18, 11, 6, 2], high: [7, 9, 13, 20, 24, 29, 32, 31, 27, 21, 14, 9] },

    City { name: "Amsterdam", state: "", country: "NL", humidity: [87, 78], pressure: [1016, 1016],
        low: [1, 1, 2, 5, 8, 11, 13, 13, 10, 8, 4, 2], high: [6, 7, 10, 14, 18, 20, 22, 22, 19, 15, 10, 7] },
    City { name: "Athens", state: "", country: "GR", humidity: [72, 47], pressure: [1018, 1012],
        low: [7, 7, 9, 12, 17, 21, 24, 24, 20, 16, 12, 9], high: [13, 14, 17, 20, 26, 30, 34, 33, 29, 24, 19, 15] },
    City { name: "Auckland", state: "", country: "NZ", humidity: [77, 85], pressure: [1014, 1016],
        low: [16, 17, 15, 13, 11, 9, 8, 8, 10, 11, 12, 14], high: [23, 24, 22, 20, 18, 15, 15, 15, 16, 18, 20, 22] },
    City { name: "Bangkok", state: "", country: "TH", humidity: [69, 77], pressure: [1013, 1007],
        low: [23, 24, 26, 27, 27, 26, 26, 26, 25, 25, 24, 22], high: [33, 34, 35, 36, 35, 34, 34, 33, 33, 33, 33, 32] },
    City { name: "Berlin", state: "", country: "DE", humidity: [85, 69], pressure: [1017, 1015],
        low: [-2, -2, 1, 4, 9, 12, 14, 14, 10, 6, 2, -1], high: [3, 5, 9, 15, 20, 23, 25, 25, 20, 14, 8, 4] },
    City { name: "Buenos Aires", state: "", country: "AR", humidity: [65, 78], pressure: [1012, 1019],
        low: [20, 20, 18, 14, 11, 8, 7, 9, 11, 14, 16, 19], high: [30, 29, 27, 23, 19, 16, 15, 18, 20, 23, 26, 29] },
    City { name: "Cairo", state: "", country: "EG", humidity: [59, 58], pressure: [1019, 1008],
        low: [9, 10, 12, 15, 18, 20, 22, 22, 21, 18, 14, 10], high: [19, 21, 24, 28, 32, 34, 35, 34, 33, 29, 25, 20] },
    City { name: "Cape Town", state: "", country: "ZA", humidity: [69, 80], pressure: [1013, 1021],
        low: [16, 16, 15, 12, 10, 8, 7, 8, 9, 11, 14, 15], high: [27, 27, 26, 24, 21, 18, 18, 18, 20, 22, 24, 26] },
    City { name: "Copenhagen", state: "", country: "DK", humidity: [86, 73], pressure: [1013, 1013],
        low: [-1, -1, 0, 4, 8, 12, 14, 14, 11, 7, 3, 1], high: [3, 4, 6, 11, 16, 20, 22, 21, 18, 12, 8, 4] },
    City { name: "Delhi", state: "", country: "IN", humidity: [72, 73], pressure: [1017, 998],
        low: [7, 10, 15, 21, 26, 28, 27, 27, 25, 19, 13, 8], high: [20, 24, 30, 37, 40, 39, 35, 34, 34, 33, 28, 23] },
    City { name: "Dublin", state: "", country: "IE", humidity: [83, 78], pressure: [1013, 1015],
        low: [2, 2, 3, 4, 7, 10, 12, 12, 10, 7, 5, 3], high: [8, 8, 10, 12, 15, 18, 20, 19, 17, 14, 11, 9] },
    City { name: "Edinburgh", state: "", country: "GB", humidity: [84, 77], pressure: [1011, 1014],
        low: [2, 2, 3, 4, 7, 10, 11, 11, 9, 7, 4, 2], high: [7, 8, 10, 12, 15, 17, 19, 19, 17, 13, 10, 7] },
    City { name: "Helsinki", state: "", country: "FI", humidity: [88, 71], pressure: [1012, 1011],
        low: [-6, -7, -4, 1, 6, 11, 15, 14, 9, 4, 0, -4], high: [-1, -1, 2, 8, 15, 19, 22, 20, 15, 9, 4, 1] },
    City { name: "Istanbul", state: "", country: "TR", humidity: [78, 70], pressure: [1019, 1012],
        low: [4, 4, 5, 9, 13, 18, 20, 21, 18, 14, 10, 6], high: [9, 9, 12, 16, 21, 26, 28, 28, 25, 20, 15, 11] },
    City { name: "Lisbon", state: "", country: "PT", humidity: [79, 62], pressure: [1021, 1017],
        low: [8, 9, 11, 12, 14, 17, 18, 19, 18, 15, 12, 9], high: [15, 16, 19, 20, 23, 26, 28, 29, 27, 23, 18, 15] },
    City { name: "London", state: "", country: "GB", humidity: [83, 70], pressure: [1015, 1016],
        low: [3, 3, 4, 6, 9, 12, 14, 14, 12, 9, 5, 3], high: [8, 9, 12, 15, 18, 21, 24, 23, 20, 16, 11, 9] },
    City { name: "Madrid", state: "", country: "ES", humidity: [71, 37], pressure: [1024, 1016],
        low: [3, 4, 7, 9, 12, 17, 19, 19, 16, 11, 6, 4], high: [10, 12, 16, 18, 23, 28, 32, 32, 27, 20, 14, 10] },
    City { name: "Melbourne", state: "", country: "AU", humidity: [61, 74], pressure: [1013, 1019],
        low: [16, 16, 15, 12, 10, 8, 8, 8, 10, 11, 13, 15], high: [27, 27, 25, 21, 18, 15, 15, 16, 18, 21, 23, 25] },
    City { name: "Mexico City", state: "", country: "MX", humidity: [53, 69], pressure: [1020, 1017],
        low: [7, 8, 10, 12, 13, 14, 13, 13, 13, 11, 9, 8], high: [22, 24, 26, 27, 27, 26, 24, 24, 24, 24, 23, 22] },
    City { name: "Mumbai", state: "", country: "IN", humidity: [66, 86], pressure: [1013, 1003],
        low: [17, 18, 21, 24, 27, 26, 25, 25, 25, 24, 21, 18], high: [31, 31, 33, 33, 34, 32, 30, 30, 31, 34, 34, 32] },
    City { name: "Nairobi", state: "", country: "KE", humidity: [60, 68], pressure: [1016, 1020],
        low: [14, 14, 15, 16, 15, 13, 12, 13, 13, 15, 15, 15], high: [26, 27, 27, 25, 24, 23, 22, 23, 25, 26, 24, 25] },
    City { name: "Oslo", state: "", country: "NO", humidity: [83, 70], pressure: [1012, 1011],
        low: [-5, -5, -3, 1, 6, 11, 13, 12, 8, 4, -1, -5], high: [0, 1, 5, 11, 17, 21, 23, 21, 17, 10, 4, 0] },
    City { name: "Paris", state: "", country: "FR", humidity: [83, 68], pressure: [1019, 1017],
        low: [3, 3, 5, 7, 11, 14, 16, 16, 13, 10, 6, 3], high: [8, 9, 13, 16, 20, 23, 26, 26, 22, 17, 11, 8] },
    City { name: "Reykjavik", state: "", country: "IS", humidity: [78, 79], pressure: [1001, 1010],
        low: [-2, -2, -2, 1, 4, 7, 9, 9, 6, 3, 0, -2], high: [3, 3, 4, 7, 10, 13, 15, 14, 11, 7, 4, 3] },
    City { name: "Sao Paulo", state: "", country: "BR", humidity: [77, 73], pressure: [1013, 1021],
        low: [19, 19, 19, 17, 15, 13, 13, 14, 15, 16, 17, 18], high: [28, 29, 28, 26, 23, 23, 22, 24, 25, 26, 27, 28] },
    City { name: "Singapore", state: "", country: "SG", humidity: [83, 79], pressure: [1011, 1010],
        low: [24, 24, 25, 25, 26, 26, 25, 25, 25, 25, 25, 24], high: [30, 31, 32, 32, 32, 32, 32, 31, 32, 32, 31, 30] },
    City { name: "Sydney", state: "", country: "AU", humidity: [66, 67], pressure: [1012, 1019],
        low: [20, 20, 18, 15, 12, 10, 9, 9, 12, 14, 16, 18], high: [27, 27, 25, 23, 20, 18, 17, 19, 21, 23, 24, 26] },
    City { name: "Tokyo", state: "", country: "JP", humidity: [51, 76], pressure: [1015, 1009],
        low: [1, 2, 5, 10, 15, 19, 22, 24, 20, 15, 9, 4], high: [10, 11, 14, 19, 24, 26, 30, 31, 28, 22, 17, 12] },
    City { name: "Toronto", state: "", country: "CA", humidity: [74, 69], pressure: [1018, 1015],
        low: [-7, -6, -2, 4, 10, 15, 18, 18, 14, 8, 2, -3], high: [-1, 0, 5, 12, 19, 24, 27, 26, 22, 14, 8, 2] },
];

#[cfg(test)]
mod tests {
    use super::CITIES;

    #[test]
    fn figures_are_plausible() {
        for city in &CITIES {
            assert!(city.low.iter().zip(&city.high).all(|(low, high)| low < high), "{}", city.name);
            assert!(city.low.iter().all(|low| (-20..35).contains(low)), "{}", city.name);
            assert!(city.high.iter().all(|high| (-10..45).contains(high)), "{}", city.name);
            assert!(city.humidity.iter().all(|humidity| (20..=100).contains(humidity)), "{}", city.name);
            assert!(city.pressure.iter().all(|pressure| (990..1040).contains(pressure)), "{}", city.name);
        }
    }

    #[test]
    fn only_us_cities_have_a_state() {
        for city in &CITIES {
            let length = if city.country == "US" { 2 } else { 0 };
            assert_eq!(city.state.len(), length, "{}", city.name);
            assert_eq!(city.country.len(), 2, "{}", city.name);
        }
    }
}
