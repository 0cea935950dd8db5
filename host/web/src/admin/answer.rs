//! How the administrator's API answers: JSON, and errors with the status that says whose
//! fault they are.

use axum::Json;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use goatkit_capability::config::SettingsError;
use goatkit_manager::{
    AddError, AuditError, CallRefused, ConfigError, ConsentError, FindError, JobError, ReloadError,
};
use goatkit_package::PluginName;
use goatkit_people::PeopleError;
use goatkit_runtime::{CallError, CallErrorKind};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

/// What was refused, and with which status.
pub(super) struct Refusal {
    status: StatusCode,
    text: String,
}

/// An answer of the API.
pub(super) type Answer<T> = Result<Json<T>, Refusal>;

pub(super) fn answer<T: Serialize, E: Into<Refusal>>(result: Result<T, E>) -> Answer<T> {
    result.map(Json).map_err(Into::into)
}

/// The plugin that a path names.
pub(super) fn plugin(name: &str) -> Result<PluginName, Refusal> {
    PluginName::parse(name).map_err(|error| Refusal {
        status: StatusCode::BAD_REQUEST,
        text: format!("`{name}` is no plugin name: {error}"),
    })
}

/// What was sent, as JSON; what is none is refused as JSON too.
pub(super) struct Sent<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Sent<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        match Json::from_request(request, state).await {
            Ok(Json(sent)) => Ok(Self(sent)),
            Err(rejection) => Err(Refusal {
                status: rejection.status(),
                text: rejection.body_text(),
            }),
        }
    }
}

/// People are kept by the application, and not here.
pub(super) fn elsewhere() -> Refusal {
    Refusal {
        status: StatusCode::CONFLICT,
        text: "this application brings people of its own: change them there".to_owned(),
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "error": self.text }))).into_response()
    }
}

impl Refusal {
    /// What does not fit how things stand.
    pub(super) fn conflict(error: &dyn std::error::Error) -> Self {
        refuse(StatusCode::CONFLICT, error)
    }

    /// What is the host's fault.
    pub(super) fn internal(error: &dyn std::error::Error) -> Self {
        refuse(StatusCode::INTERNAL_SERVER_ERROR, error)
    }
}

/// What is refused for a reason that has no error of its own.
pub(super) fn refusal(status: StatusCode, text: impl Into<String>) -> Refusal {
    Refusal {
        status,
        text: text.into(),
    }
}

fn refuse(status: StatusCode, error: &dyn std::error::Error) -> Refusal {
    Refusal {
        status,
        text: error.to_string(),
    }
}

/// An answer of a plugin's that is JSON, and deeper or larger than can be passed on.
pub(super) fn unreadable(error: &serde_json::Error) -> Refusal {
    Refusal {
        status: StatusCode::BAD_GATEWAY,
        text: format!("the plugin's answer cannot be passed on: {error}"),
    }
}

impl From<ConsentError> for Refusal {
    fn from(error: ConsentError) -> Self {
        let status = match &error {
            ConsentError::Package(_)
            | ConsentError::NotAsked { .. }
            | ConsentError::GrantFile { .. } => StatusCode::BAD_REQUEST,
            ConsentError::Find(_) => StatusCode::NOT_FOUND,
            ConsentError::Taken { .. } | ConsentError::Changed { .. } => StatusCode::CONFLICT,
            ConsentError::Platform(_) | ConsentError::Copy { .. } => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        refuse(status, &error)
    }
}

impl From<FindError> for Refusal {
    fn from(error: FindError) -> Self {
        let status = match &error {
            FindError::Stopped { .. } => StatusCode::CONFLICT,
            _ => StatusCode::NOT_FOUND,
        };
        refuse(status, &error)
    }
}

impl From<ReloadError> for Refusal {
    fn from(error: ReloadError) -> Self {
        match error {
            ReloadError::Find(error) => error.into(),
            ReloadError::Package { .. } | ReloadError::Other { .. } => Self::conflict(&error),
        }
    }
}

impl From<AddError> for Refusal {
    fn from(error: AddError) -> Self {
        refuse(StatusCode::BAD_REQUEST, &error)
    }
}

impl From<AuditError> for Refusal {
    fn from(error: AuditError) -> Self {
        refuse(StatusCode::INTERNAL_SERVER_ERROR, &error)
    }
}

impl From<ConfigError> for Refusal {
    fn from(error: ConfigError) -> Self {
        let status = match &error {
            ConfigError::Find(_) | ConfigError::None(_) => StatusCode::NOT_FOUND,
            ConfigError::Settings(SettingsError::Invalid(_)) => StatusCode::BAD_REQUEST,
            ConfigError::Settings(SettingsError::Fixed { .. }) => StatusCode::CONFLICT,
            ConfigError::Settings(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        refuse(status, &error)
    }
}

impl From<CallRefused> for Refusal {
    fn from(error: CallRefused) -> Self {
        match error {
            CallRefused::Package(error) => error.into(),
            CallRefused::Find(error) => error.into(),
            CallRefused::Call(error) => error.into(),
            CallRefused::Other { .. } => refuse(StatusCode::CONFLICT, &error),
            CallRefused::NoFunction { .. } => refuse(StatusCode::NOT_FOUND, &error),
        }
    }
}

impl From<JobError> for Refusal {
    fn from(error: JobError) -> Self {
        match error {
            JobError::Find(error) => error.into(),
            JobError::Call(error) => error.into(),
            JobError::Unknown { .. } => refuse(StatusCode::NOT_FOUND, &error),
            JobError::Args(_) => refuse(StatusCode::BAD_REQUEST, &error),
            JobError::Table(_) => refuse(StatusCode::INTERNAL_SERVER_ERROR, &error),
        }
    }
}

impl From<PeopleError> for Refusal {
    fn from(error: PeopleError) -> Self {
        let status = match &error {
            PeopleError::Invalid(_) => StatusCode::BAD_REQUEST,
            PeopleError::Unknown(_) => StatusCode::NOT_FOUND,
            PeopleError::Conflict(_) => StatusCode::CONFLICT,
            PeopleError::Busy => StatusCode::SERVICE_UNAVAILABLE,
            PeopleError::Platform(_)
            | PeopleError::Hash(_)
            | PeopleError::Random(_)
            | PeopleError::File { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        };
        refuse(status, &error)
    }
}

impl From<CallError> for Refusal {
    fn from(error: CallError) -> Self {
        let status = match error.kind() {
            CallErrorKind::Unknown => StatusCode::NOT_FOUND,
            CallErrorKind::Invalid => StatusCode::BAD_REQUEST,
            CallErrorKind::NotGranted => StatusCode::FORBIDDEN,
            CallErrorKind::Stopped => StatusCode::CONFLICT,
            CallErrorKind::Resting | CallErrorKind::Quarantined => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_GATEWAY,
        };
        refuse(status, &error)
    }
}
