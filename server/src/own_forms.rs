//! The plain forms of one's own security: ending sessions, and the second factor.

use app::activation::qr;
use app::domain::role::Role;
use app::domain::second_factor::{self as rules, NoCode, SecondFactor, Typed};
use app::domain::secret::Secret;
use app::door::ClientAddress;
use app::error::AppError;
use app::operators::operator::Operator;
use app::operators::sessions::{Which, end_own};
use app::operators::sign_in::{SignInError, ask_for_code, sign_in};
use app::operators::totp::TotpSecret;
use app::operators::view::SecondFactorStep;
use app::operators::{db, second_factor};
use app::server_pages::render;
use app::state::AppState;
use axum::Form;
use axum::extract::{Extension, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use leptos::context::provide_context;
use serde::Deserialize;
use tower_sessions::Session;

use crate::plain_forms::refused;
use crate::sign_in::{Origin, Refusal, open};

/// Under this key a session holds the sealed secret of a second factor that no code has confirmed yet.
const PENDING: &str = "pending_second_factor";

/// What the buttons of the own page post.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct End {
    /// `others`, or the handle of one session.
    end: String,
}

/// POST /me
pub async fn end_sessions(
    State(state): State<AppState>,
    Extension(operator): Extension<Operator>,
    session: Session,
    address: Option<Extension<ClientAddress>>,
    parts: Parts,
    Form(form): Form<End>,
) -> Response {
    let from = Origin::of(&parts.headers, address);
    let which = if form.end == "others" { Some(Which::Others) } else { form.end.parse().ok().map(Which::One) };
    let (Some(which), Some(this)) = (which, session.id()) else { return refused(&state, &AppError::BadRequest) };
    match end_own(&state.pool, from.author(&operator), operator.id, which, &this).await {
        Ok(_) => Redirect::to("/me?done=sessions-ended").into_response(),
        Err(error) => refused(&state, &error.into()),
    }
}

/// What the steps of the second factor's page post.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    Begin,
    Confirm,
    Remove,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepForm {
    step: Step,
    /// Only there for password managers.
    #[serde(rename = "name", default)]
    _name: String,
    #[serde(default)]
    password: Secret,
    #[serde(default)]
    code: String,
}

/// What a step leads to.
enum Led {
    /// The page again, with what the step has made.
    Page(SecondFactorStep),
    Removed,
}

/// POST /me/second-factor
pub async fn second_factor(
    State(state): State<AppState>,
    Extension(operator): Extension<Operator>,
    session: Session,
    address: Option<Extension<ClientAddress>>,
    parts: Parts,
    Form(form): Form<StepForm>,
) -> Response {
    let from = Origin::of(&parts.headers, address);
    let of = Of { state: &state, session: &session, operator: &operator, from: &from };
    let led = match form.step {
        Step::Begin => of.begin(form).await,
        Step::Confirm => of.confirm(form).await,
        Step::Remove => of.remove(form).await,
    };
    match led {
        Ok(Led::Page(step)) => render(&state, parts, StatusCode::OK, move || provide_context(step.clone())).await,
        Ok(Led::Removed) => Redirect::to("/me?done=second-factor-removed").into_response(),
        Err(refusal) => {
            let step = SecondFactorStep { message: refusal.message, ..of.pending().await.unwrap_or_default() };
            refusal.wait.add_to(render(&state, parts, refusal.status, move || provide_context(step.clone())).await)
        }
    }
}

/// Whose second factor it is about.
struct Of<'a> {
    state: &'a AppState,
    session: &'a Session,
    operator: &'a Operator,
    from: &'a Origin,
}

impl Of<'_> {
    /// Draws a secret and shows it. It counts once a code has confirmed it; until then it is in this session only.
    async fn begin(&self, form: StepForm) -> Result<Led, Refusal> {
        self.prove(form).await?;
        let secret = TotpSecret::fresh().ok_or_else(|| AppError::internal("the system gives no random numbers"))?;
        self.session.insert(PENDING, second_factor::seal(&self.state.service.keys, self.operator.id, &secret)?).await?;
        Ok(Led::Page(self.shown(&secret)?))
    }

    async fn confirm(&self, form: StepForm) -> Result<Led, Refusal> {
        let Some(secret) = self.pending_secret().await? else {
            return Err(Refusal::of_form("This set-up is over. Begin again.".into()));
        };
        let Ok(Typed::Code(code)) = rules::read(&form.code) else { return Err(Refusal::of_form(NoCode.to_string())) };
        let found = db::credentials_of(&self.state.pool, self.operator.id).await.map_err(AppError::from)?;
        let found = found.ok_or_else(Refusal::overtaken)?;
        let (keys, author) = (&self.state.service.keys, self.from.author(self.operator));
        let Some(codes) = second_factor::set_up(&self.state.pool, keys, author, self.operator.id, &secret, &code).await? else {
            let sentence = "This code is not the one that the app should show now. Wait for the next one; if that is wrong, too, see that \
                            the phone’s clock is right.";
            return Err(Refusal::of_form(sentence.into()));
        };
        // All sessions ended, this one too: it goes on under a new id.
        open(self.state, self.session, self.operator.id, &found.password_hash, self.from).await?;
        tracing::info!(operator = ?self.operator.name, "second factor set up");
        Ok(Led::Page(SecondFactorStep { recovery_codes: codes.iter().map(rules::RecoveryCode::shown).collect(), ..Default::default() }))
    }

    async fn remove(&self, form: StepForm) -> Result<Led, Refusal> {
        let pool = &self.state.pool;
        if self.operator.role == Role::Admin && db::admins_need_second_factor(pool).await.map_err(AppError::from)? {
            return Err(Refusal::of_form("Admins of this service need a second factor. You can set up another one.".into()));
        }
        self.prove(form).await?;
        second_factor::remove_own(pool, self.from.author(self.operator), self.operator.id).await.map_err(AppError::from)?;
        tracing::info!(operator = ?self.operator.name, "second factor removed");
        Ok(Led::Removed)
    }

    /// Whoever finds an open session must not change what guards it: the password is asked for, and a code if there is a second factor.
    async fn prove(&self, form: StepForm) -> Result<(), Refusal> {
        let AppState { pool, service, .. } = self.state;
        let code = (self.operator.second_factor == SecondFactor::On).then_some(form.code);
        // What is no code at all is told before a try is counted.
        if let Some(code) = &code {
            rules::read(code).map_err(|error| Refusal::of_form(error.to_string()))?;
        }
        let as_form = |error: SignInError| match error {
            SignInError::Wrong { .. } => Refusal::of_form("The password is wrong.".into()),
            SignInError::WrongCode { .. } => Refusal::of_form(error.to_string()),
            other => other.into(),
        };
        sign_in(pool, &self.operator.name, form.password, self.from.address).await.map_err(as_form)?;
        if let Some(code) = code {
            ask_for_code(pool, &service.keys, self.operator, &code, self.from.address).await.map_err(as_form)?;
        }
        Ok(())
    }

    /// What is being set up in this session, to be shown again.
    async fn pending(&self) -> Option<SecondFactorStep> {
        let secret = self.pending_secret().await.ok().flatten()?;
        self.shown(&secret).ok()
    }

    async fn pending_secret(&self) -> Result<Option<TotpSecret>, Refusal> {
        let sealed: Option<Vec<u8>> = self.session.get(PENDING).await?;
        Ok(sealed.and_then(|sealed| second_factor::unseal(&self.state.service.keys, self.operator.id, &sealed)))
    }

    fn shown(&self, secret: &TotpSecret) -> Result<SecondFactorStep, AppError> {
        let origin = Uri::try_from(&*self.state.service.origin).ok();
        let host = origin.as_ref().and_then(Uri::authority).map_or("", |authority| authority.as_str());
        let address = secret.address(host, &self.operator.name);
        let svg = qr::svg(address.expose()).map_err(|error| AppError::internal(&error))?;
        let key = rules::grouped(secret.key().expose(), ' ');
        Ok(SecondFactorStep { key: Secret::from(key), svg: Secret::from(svg), ..SecondFactorStep::default() })
    }
}
