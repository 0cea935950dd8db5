//! The mark `#[job]` on a function: its name, when it is due and what it is told, as the
//! registration has it. Read here, written by `expand`.

use quote::ToTokens;
use syn::parse::ParseStream;
use syn::{Attribute, Error, Ident, ItemFn, LitInt, LitStr, Meta, Result, Token};

use crate::module::callable;

/// As many as the contract has.
const MOST_RETRIES: u32 = 10;

/// A function that is a job.
pub(crate) struct Job {
    pub(crate) function: Ident,
    pub(crate) takes_run: bool,
    pub(crate) name: String,
    pub(crate) cron: String,
    pub(crate) time_zone: String,
    pub(crate) args: String,
    pub(crate) retries: Option<u32>,
}

impl Job {
    /// Takes the mark off a function that has it.
    pub(crate) fn take(function: &mut ItemFn) -> Result<Option<Self>> {
        let is_mark = |attribute: &Attribute| attribute.path().is_ident("job");
        let marks: Vec<Attribute> = function.attrs.extract_if(.., |it| is_mark(it)).collect();
        let [mark] = &marks[..] else {
            return match marks.last() {
                None => Ok(None),
                Some(mark) => Err(Error::new_spanned(mark, "a job is marked twice")),
            };
        };
        callable(function)?;
        if function.sig.inputs.len() > 1 {
            let message = "a job takes nothing, or the `goatkit_plugin::jobs::Run`";
            return Err(Error::new_spanned(&function.sig, message));
        }
        let said = match &mark.meta {
            Meta::Path(_) => Said::default(),
            Meta::List(_) => mark.parse_args_with(Said::parse)?,
            Meta::NameValue(_) => {
                let message = "expected `#[job]` or `#[job(cron = \"…\")]`";
                return Err(Error::new_spanned(mark, message));
            }
        };
        said.of(function).map(Some)
    }

    /// Adds it to others, of which none has its name.
    pub(crate) fn add_to(self, others: &mut Vec<Self>) -> Result<()> {
        if others.iter().any(|other| other.name == self.name) {
            let message = format!("another job is named `{}`", self.name);
            return Err(Error::new_spanned(&self.function, message));
        }
        others.push(self);
        Ok(())
    }
}

/// What stands between the mark's parentheses.
#[derive(Default)]
struct Said {
    name: Option<LitStr>,
    cron: Option<LitStr>,
    time_zone: Option<LitStr>,
    args: Option<LitStr>,
    retries: Option<LitInt>,
}

impl Said {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut said = Self::default();
        while !input.is_empty() {
            let key: Ident = input.parse()?;
            input.parse::<Token![=]>()?;
            match key.to_string().as_str() {
                "name" => once(&key, &mut said.name, input.parse()?)?,
                "cron" => once(&key, &mut said.cron, input.parse()?)?,
                "time_zone" => once(&key, &mut said.time_zone, input.parse()?)?,
                "args" => once(&key, &mut said.args, input.parse()?)?,
                "retries" => once(&key, &mut said.retries, input.parse()?)?,
                other => {
                    let message = format!(
                        "unknown `{other}`: known are name, cron, time_zone, args, retries"
                    );
                    return Err(Error::new(key.span(), message));
                }
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(said)
    }

    fn of(self, function: &ItemFn) -> Result<Job> {
        let ident = &function.sig.ident;
        let name = match &self.name {
            Some(name) => name.value(),
            None => ident.to_string().replace('_', "-"),
        };
        if !is_job_name(&name) {
            let message = "a job is named a to z, 0 to 9, `-` and `_`, beginning with a letter";
            return Err(match &self.name {
                Some(name) => Error::new_spanned(name, message),
                None => Error::new_spanned(ident, message),
            });
        }
        if let Some(cron) = &self.cron
            && !matches!(cron.value().split_whitespace().count(), 0 | 5)
        {
            let message = "five fields: minute, hour, day of month, month, day of week";
            return Err(Error::new_spanned(cron, message));
        }
        Ok(Job {
            function: ident.clone(),
            takes_run: !function.sig.inputs.is_empty(),
            name,
            cron: value_or(self.cron, ""),
            time_zone: value_or(self.time_zone, "UTC"),
            args: value_or(self.args, "null"),
            retries: self.retries.map(retries).transpose()?,
        })
    }
}

fn once<T: ToTokens>(key: &Ident, place: &mut Option<T>, value: T) -> Result<()> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(Error::new(key.span(), format!("`{key}` is given twice"))),
    }
}

fn value_or(text: Option<LitStr>, default: &str) -> String {
    text.map_or_else(|| default.to_owned(), |text| text.value())
}

fn retries(literal: LitInt) -> Result<u32> {
    let most: u32 = literal.base10_parse()?;
    if most > MOST_RETRIES {
        let message = format!("a run is tried again at most {MOST_RETRIES} times");
        return Err(Error::new_spanned(literal, message));
    }
    Ok(most)
}

fn is_job_name(name: &str) -> bool {
    let inner =
        |next: char| next.is_ascii_lowercase() || next.is_ascii_digit() || "-_".contains(next);
    name.starts_with(|first: char| first.is_ascii_lowercase()) && name.chars().all(inner)
}
