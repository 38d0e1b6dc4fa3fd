//! Words that Airwallex may add to at any time: known ones by name, others kept as they came.

/// Declares an enum of words in which unknown ones survive, both ways.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $(
                #[doc = concat!("`", $text, "`")]
                #[doc = ""]
                $(#[$about])*
                $variant,
            )*
            /// A word that this version does not know.
            Other(String),
        }

        impl $name {
            /// The word as Airwallex spells it.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Other(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)*
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, text: &str) -> bool {
                self.as_str() == text
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, text: &&str) -> bool {
                self.as_str() == *text
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Ok(Self::from(<std::borrow::Cow<'de, str>>::deserialize(deserializer)?.as_ref()))
            }
        }
    };
}

pub(crate) use words;

#[cfg(test)]
mod tests {
    words! {
        /// Of a test.
        Colour { Red = "RED", Blue = "BLUE", }
    }

    #[test]
    fn unknown_words_survive_both_ways() {
        let read: Vec<Colour> = serde_json::from_str(r#"["RED","MAUVE"]"#).expect("words");
        assert_eq!(read, [Colour::Red, Colour::Other("MAUVE".to_owned())]);
        assert_eq!(serde_json::to_string(&read).expect("words"), r#"["RED","MAUVE"]"#);
        assert!(read[1] == "MAUVE" && read[0] == "RED" && Colour::Blue != "RED");
    }
}
