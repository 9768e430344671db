#![allow(clippy::unwrap_used)]

use lang::Source;

use super::*;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn acs() -> Option<SecretString> {
    Some(format!("endpoint=https://contoso.communication.azure.com/;accesskey={KEY}").into())
}

fn file(text: &str) -> Result<Config, Vec<ConfigError>> {
    ConfigFile::parse(&Source::new("callflow.yaml", text)).map(Config::from)
}

fn texts(errors: &[ConfigError]) -> String {
    errors.iter().map(|error| format!("{error}\n")).collect()
}

#[test]
fn one_setting_is_enough_on_loopback() {
    let blank = Some(String::new());
    let checked =
        Config { acs_connection_string: acs(), listen: blank, data: Some("".into()), ..Config::default() }
            .check()
            .unwrap();
    assert_eq!(checked.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(checked.public_url, None);
    assert!(
        checked.api_token.is_none() && checked.eventgrid_key.is_none() && checked.callback_tokens.is_none()
    );
    assert_eq!((checked.data, checked.log_format), (PathBuf::from("./data"), LogFormat::Text));
}

#[test]
fn everything_wrong_is_told_at_once() {
    let config = Config {
        listen: Some("0.0.0.0:8080".to_owned()),
        store: Some("postgres://callflow:hunter2@db/callflow".into()),
        acs_resource_id: Some("contoso.communication.azure.com".to_owned()),
        api_token: Some(" ".into()),
        ..Config::default()
    };
    let errors = config.check().unwrap_err();
    let text = texts(&errors);
    for flag in [
        "--acs-connection-string",
        "--public-url",
        "--api-token",
        "--eventgrid-key",
        "--store",
        "--acs-resource-id",
    ] {
        assert!(text.contains(&format!("`{flag}`")), "{flag} is not in\n{text}");
    }
    assert_eq!(errors.len(), 6, "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn public_urls() {
    for (listen, url, expected) in [
        ("127.0.0.1:0", "", Ok(None)),
        ("127.0.0.1:0", "https://calls.example.com/", Ok(Some("https://calls.example.com"))),
        ("127.0.0.1:0", "http://localhost:9000", Ok(Some("http://localhost:9000"))),
        ("127.0.0.1:0", "http://calls.example.com", Err("loopback")),
        ("127.0.0.1:0", "calls.example.com", Err("scheme")),
        ("127.0.0.1:0", "https://user:hunter2@calls.example.com", Err("password")),
        ("127.0.0.1:0", "https://calls.example.com/?a=b", Err("query")),
        ("127.0.0.1:0", "ftp://calls.example.com", Err("https://")),
        ("127.0.0.1:0", "not a url", Err("not a URL")),
        ("[::]:8080", "", Err("missing")),
    ] {
        let config = Config {
            listen: Some(listen.to_owned()),
            public_url: Some(url.to_owned()),
            acs_connection_string: acs(),
            api_token: Some("token".into()),
            eventgrid_key: Some("key".into()),
            ..Config::default()
        };
        match (config.check(), expected) {
            (Ok(checked), Ok(expected)) => assert_eq!(checked.public_url.as_deref(), expected, "{url}"),
            (Err(errors), Err(expected)) => {
                let text = texts(&errors);
                assert!(
                    errors.len() == 1 && text.contains(expected) && !text.contains("hunter2"),
                    "{url}: {text}"
                );
            }
            (checked, expected) => panic!("{url}: {checked:?} is not {expected:?}"),
        }
    }
}

#[test]
fn addresses() {
    for (text, shown, is_loopback) in [
        ("127.0.0.1:8080", "127.0.0.1:8080", true),
        ("[::1]:0", "[::1]:0", true),
        ("localhost:80", "localhost:80", true),
        ("0.0.0.0:80", "0.0.0.0:80", false),
        ("[::]:80", "[::]:80", false),
        ("calls.example.com:80", "calls.example.com:80", false),
    ] {
        let listen = Listen::parse(text).unwrap();
        assert_eq!((listen.to_string().as_str(), listen.is_loopback()), (shown, is_loopback));
    }
    for text in ["", "8080", ":8080", "127.0.0.1", "127.0.0.1:99999", "a b:1", "http://localhost:80"] {
        Listen::parse(text).unwrap_err();
    }
}

#[test]
fn flags_win_over_the_file() {
    let file = file(
        "listen: 127.0.0.1:9000\npublicUrl: https://calls.example.com\nlogFormat: json\nlogIdentifiers: true\n\
         retainFor: 12h\nretainSize: 20GB\nwatch: true\n\
         config: { sales: +14255550123, open: 9, days: [mon, tue] }\nsecrets: { CRM: abc, KEY: { env: CRM_KEY } }\n",
    )
    .unwrap();
    let flags = Config {
        listen: Some("127.0.0.1:9001".to_owned()),
        public_url: Some(" ".to_owned()),
        acs_connection_string: acs(),
        ..Config::default()
    };
    let checked =
        flags.merge(file).check_with(|name| (name == "CRM_KEY").then(|| "s3cret".to_owned())).unwrap();
    assert_eq!(checked.listen.port(), 9001);
    assert_eq!(checked.public_url.as_deref(), Some("https://calls.example.com"));
    assert_eq!((checked.log_format, checked.log_identifiers), (LogFormat::Json, true));
    let kept = Retain { time: std::time::Duration::from_secs(12 * 60 * 60), bytes: Some(20_000_000_000) };
    assert_eq!((checked.retain, checked.watch), (kept, true));
    // To most readers of YAML the first one is a number without its plus.
    assert_eq!(checked.constants["sales"], Value::from("+14255550123"));
    assert_eq!(checked.constants["open"], Value::Number(9.0));
    assert_eq!(checked.secrets["KEY"].expose_secret(), "s3cret");
    let shown = format!("{checked:?}");
    assert!(!shown.contains("s3cret") && !shown.contains("abc") && !shown.contains("AAEC"), "{shown}");
}

#[test]
fn files_that_are_wrong() {
    for (text, place, what) in [
        ("listen: 127.0.0.1:80\nlisten: 127.0.0.1:81\n", "callflow.yaml:2:1", "listen"),
        ("listne: 127.0.0.1:80\n", "callflow.yaml", "listne"),
        ("a: [\n", "callflow.yaml:", ""),
        ("- listen\n", "callflow.yaml", "a mapping of settings"),
        ("logFormat: xml\n", "callflow.yaml", "`text` or `json`"),
        ("config: 7\n", "callflow.yaml:1:9", "mapping"),
        ("config: { greeting: \"${input.x}\" }\n", "callflow.yaml:1:21", "${…}"),
        ("secrets: { PIN: 123456 }\n", "callflow.yaml", "quotes"),
        ("secrets: { PIN: { environment: X } }\n", "callflow.yaml", "{env: VARIABLE}"),
        ("secrets: { PIN: { env: X, or: Y } }\n", "callflow.yaml", "{env: VARIABLE}"),
    ] {
        let shown = texts(&file(text).unwrap_err());
        assert!(shown.starts_with(place) && shown.contains(what), "{text}: {shown}");
        assert!(!shown.contains("123456"), "{shown}");
    }
    assert!(file("# nothing yet\n").is_ok());
}

#[test]
fn secrets_that_are_wrong() {
    let config = Config {
        acs_connection_string: acs(),
        secrets: [
            ("CRM-KEY".to_owned(), SecretSource::Value("hunter2".into())),
            ("ABSENT".to_owned(), SecretSource::Environment("CALLFLOW_ABSENT".to_owned())),
            ("EMPTY".to_owned(), SecretSource::Value("".into())),
        ]
        .into(),
        ..Config::default()
    };
    let text = texts(&config.check_with(|_| None).unwrap_err());
    assert_eq!(text.lines().count(), 3, "{text}");
    assert!(text.contains("CALLFLOW_ABSENT") && !text.contains("hunter2"), "{text}");
}

fn entra() -> EntraSettings {
    EntraSettings {
        tenant_id: Some("3f9a-contoso.onmicrosoft.com".to_owned()),
        client_id: Some("7b1c".to_owned()),
        client_secret: Some("hunter2".into()),
        ..EntraSettings::default()
    }
}

fn without_key(entra: EntraSettings) -> Config {
    Config {
        acs_endpoint: Some("https://contoso.communication.azure.com/".to_owned()),
        entra,
        ..Config::default()
    }
}

#[test]
fn an_application_stands_in_for_the_key() {
    let checked = without_key(entra()).check().unwrap();
    assert_eq!(checked.acs.endpoint.to_string(), "https://contoso.communication.azure.com");
    let Credential::Entra(found) = &checked.acs.credential else { panic!("no application") };
    assert_eq!(found.authority, "https://login.microsoftonline.com");
    assert!(matches!(&found.proof, Proof::Secret(secret) if secret.expose_secret() == "hunter2"));
    assert!(!format!("{checked:?}").contains("hunter2"));

    let token = Some(PathBuf::from("/var/run/secrets/azure/token"));
    let host = Some("http://127.0.0.1:8081/entra/".to_owned());
    let platform =
        EntraSettings { client_secret: None, federated_token_file: token, authority_host: host, ..entra() };
    let checked = without_key(platform).check().unwrap();
    let Credential::Entra(found) = &checked.acs.credential else { panic!("no application") };
    assert_eq!(found.authority, "http://127.0.0.1:8081/entra");
    assert!(matches!(found.proof, Proof::TokenFile(_)));

    // On many machines the variables are set for other programs.
    let checked =
        Config { acs_connection_string: acs(), entra: entra(), ..Config::default() }.check().unwrap();
    assert!(matches!(checked.acs.credential, Credential::Key(_)));

    let text = "acsEndpoint: https://c.example.com\nazureTenantId: t\nazureClientId: c\nazureClientSecret: hunter2\n";
    assert!(matches!(file(text).unwrap().check().unwrap().acs.credential, Credential::Entra(_)));
}

#[test]
fn applications_that_are_wrong() {
    let text = |text: &str| Some(text.to_owned());
    for (settings, expected) in [
        (
            without_key(EntraSettings::default()),
            &["--azure-tenant-id", "--azure-client-id", "--azure-client-secret"][..],
        ),
        (without_key(EntraSettings { tenant_id: text("a/b"), ..entra() }), &["--azure-tenant-id"]),
        (without_key(EntraSettings { client_id: text(" "), ..entra() }), &["--azure-client-id"]),
        (
            without_key(EntraSettings { authority_host: text("http://login.example.com"), ..entra() }),
            &["--azure-authority-host"],
        ),
        (
            without_key(EntraSettings { authority_host: text("https://x?y"), ..entra() }),
            &["--azure-authority-host"],
        ),
        (Config { acs_connection_string: acs(), ..without_key(entra()) }, &["--acs-endpoint"]),
        (Config { acs_endpoint: text("http://10.0.0.1"), ..without_key(entra()) }, &["--acs-endpoint"]),
    ] {
        let errors = settings.check().unwrap_err();
        let told = texts(&errors);
        assert_eq!(errors.len(), expected.len(), "{told}");
        assert!(expected.iter().all(|flag| told.contains(&format!("`{flag}`"))), "{told}");
        assert!(!told.contains("hunter2"), "{told}");
    }
}
