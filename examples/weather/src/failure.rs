//! Why an example cannot start, as one sentence.

use std::{error::Error, fmt};

/// What `main` returns when it fails.
///
/// Rust prints the `Debug` form of what `main` returns, and that of most errors is no sentence. This one's is.
pub struct Failure(Box<dyn Error + Send + Sync>);

impl<E: Into<Box<dyn Error + Send + Sync>>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::num::ParseIntError;

    use super::Failure;

    #[test]
    fn prints_as_a_sentence() {
        let failure = Failure::from("PORT must be a number");
        assert_eq!(format!("{failure:?}"), "PORT must be a number");
    }

    #[test]
    fn prints_the_causes_too() {
        #[derive(Debug)]
        struct Outer(ParseIntError);
        impl std::fmt::Display for Outer {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("no port")
            }
        }
        impl std::error::Error for Outer {
            fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
                Some(&self.0)
            }
        }

        let failure = Failure::from(Outer("x".parse::<u16>().unwrap_err()));
        assert_eq!(format!("{failure:?}"), "no port: invalid digit found in string");
    }
}
