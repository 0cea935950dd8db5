//! `gk token`: what programs show to administer a host.

use anyhow::Result;
use goatkit_host::{Token, visible};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::args::{CreateTokenArgs, ListArgs, RevokeTokenArgs, TokenCommand};
use crate::grants::print_json;
use crate::office;
use crate::table::{table, time};
use crate::user::print;

pub(crate) fn run(command: TokenCommand) -> Result<()> {
    match command {
        TokenCommand::Create(args) => create(&args),
        TokenCommand::List(args) => list(&args),
        TokenCommand::Revoke(args) => revoke(&args),
    }
}

#[derive(Deserialize)]
struct Created {
    token: Token,
    secret: String,
}

fn create(args: &CreateTokenArgs) -> Result<()> {
    let body = json!({ "name": args.name, "scopes": args.scopes, "days": args.days });
    let Created { token, secret } = office::with(&args.host.data, async |host| {
        host.post("/v1/tokens", body).await
    })?;
    // Apart from the answer, so that a script gets what is shown and nothing else.
    eprintln!(
        "token {} for {}: keep what follows, it is not told again",
        token.id,
        scopes(&token)
    );
    print(&format!("{secret}\n"))
}

fn list(args: &ListArgs) -> Result<()> {
    let tokens: Vec<Token> =
        office::with(&args.host.data, async |host| host.get("/v1/tokens").await)?;
    if args.json {
        return print_json(&tokens);
    }
    if tokens.is_empty() {
        return print("there are no tokens: `gk token create` makes one\n");
    }
    let heads = ["ID", "NAME", "SCOPES", "CREATED", "ENDS"];
    print(&table(heads, tokens.iter().map(row)))
}

fn revoke(args: &RevokeTokenArgs) -> Result<()> {
    let path = format!("/v1/tokens/{}", args.id);
    let _: Value = office::with(&args.host.data, async |host| host.delete(&path).await)?;
    print(&format!("{}: revoked\n", args.id))
}

fn row(token: &Token) -> [String; 5] {
    [
        token.id.to_string(),
        visible(&token.name),
        scopes(token),
        time(token.created),
        token
            .expires
            .map_or_else(|| "when revoked".to_owned(), time),
    ]
}

fn scopes(token: &Token) -> String {
    let words: Vec<&str> = token.scopes.iter().map(|scope| scope.as_str()).collect();
    words.join(", ")
}
