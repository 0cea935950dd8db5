//! mounted_http: mounted for everybody. Tells what it was asked and by whom, with the headers of
//! the answer that the query names: `status=302&header=location: /a`.

use goatkit_plugin::context;
use goatkit_plugin::registration::Access;
use goatkit_test_guests::{VERSION, plugin};
use wasip2::exports::http::incoming_handler;
use wasip2::http::types::{
    Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam,
};
use wasip2::io::streams::InputStream;

goatkit_test_guests::registers!({
    let mut plugin = plugin("mounted_http", VERSION, Vec::new());
    plugin.mount = Some(Access::Public);
    Ok(plugin)
});

wasip2::http::proxy::export!(Guest);

impl incoming_handler::Guest for Guest {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let asked = request.path_with_query().unwrap_or_default();
        let (path, query) = asked.split_once('?').unwrap_or((&asked, ""));
        let actor = context::actor().ok().flatten();
        let login = actor.map_or("nobody".to_owned(), |actor| actor.login);
        let headers = request.headers().entries();
        let mut told = format!("{path} by {login}\n");
        for (name, value) in headers {
            told += &format!("{name}: {}\n", String::from_utf8_lossy(&value));
        }
        let body = request.consume().unwrap();
        told += &read(&body.stream().unwrap());

        let headers = Fields::new();
        let mut status = 200;
        for pair in query.split('&') {
            match pair.split_once('=') {
                Some(("status", asked)) => status = asked.parse().unwrap(),
                Some((name, value)) => headers.append(name, value.as_bytes()).unwrap(),
                None => {}
            }
        }
        let response = OutgoingResponse::new(headers);
        response.set_status_code(status).unwrap();
        let outgoing = response.body().unwrap();
        ResponseOutparam::set(out, Ok(response));
        let write = outgoing.write().unwrap();
        write.blocking_write_and_flush(told.as_bytes()).unwrap();
        drop(write);
        OutgoingBody::finish(outgoing, None).unwrap();
    }
}

fn read(stream: &InputStream) -> String {
    let mut all = Vec::new();
    while let Ok(piece) = stream.blocking_read(4096) {
        all.extend(piece);
    }
    String::from_utf8_lossy(&all).into_owned()
}
