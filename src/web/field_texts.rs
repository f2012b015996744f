//! What is told of a field that was refused: a stable word for programs, and in the caller's language what would be right.

use serde::Serialize;
use utoipa::ToSchema;

use crate::base::error::{FieldError, Wrong};
use crate::base::text::Lang;

/// A field that was refused, and what would be right. The members behind `detail` say the same to programs, where there is something to say.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = FieldError)]
pub(super) struct FieldProblem {
    /// Where: `items[0].quantity`; `body`, `query` or `path` for the whole of it.
    #[schema(example = "items[0].quantity")]
    field: String,
    /// What: `missing`, `unknown`, `twice`, `wrong_type`, `too_short`, `too_long`, `out_of_range`, `not_allowed`, `mismatch`, `not_found`, `invalid`, `no_json`, or a
    /// word of the field's own rule, as `check_digit`.
    #[schema(example = "out_of_range")]
    reason: &'static str,
    /// What would be right, in the caller's language.
    #[schema(example = "应在 1 到 999 之间。")]
    detail: String,
    /// The words that may stand here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    allowed: Vec<String>,
    /// The JSON type that is asked for.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    /// Smallest number, fewest items or characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    min: Option<i64>,
    /// Largest number, most items or characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    max: Option<i64>,
    /// The pattern to match (ECMA 262).
    #[serde(skip_serializing_if = "Option::is_none")]
    pattern: Option<String>,
    /// Where the JSON can't be read, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    /// The byte of that line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
}

impl FieldProblem {
    /// Where, and what would be right.
    pub(super) fn into_parts(self) -> (String, String) {
        (self.field, self.detail)
    }

    pub(super) fn new(error: &FieldError, lang: Lang) -> Self {
        let wrong = &error.wrong;
        let said =
            Self { field: error.field.clone(), reason: wrong.reason(), detail: detail(wrong, lang), ..Self::default() };
        let number = |n: &u64| i64::try_from(*n).ok();
        match wrong {
            Wrong::Unknown(allowed) | Wrong::NotAllowed(allowed) => Self { allowed: allowed.clone(), ..said },
            Wrong::Mismatch(right) => Self { allowed: vec![right.clone()], ..said },
            Wrong::WrongType(kind) => Self { kind: Some(kind.clone()), ..said },
            Wrong::TooShort(min) => Self { min: number(min), ..said },
            Wrong::TooLong(max) => Self { max: number(max), ..said },
            Wrong::OutOfRange { min, max } => Self { min: *min, max: *max, ..said },
            Wrong::Count { min, max } => {
                Self { min: min.as_ref().and_then(number), max: max.as_ref().and_then(number), ..said }
            }
            Wrong::Pattern { pattern, .. } => Self { pattern: Some(pattern.clone()), ..said },
            Wrong::Syntax { line, column, .. } => Self { line: Some(*line), column: Some(*column), ..said },
            Wrong::Missing | Wrong::Twice | Wrong::Letters | Wrong::NotFound | Wrong::Invalid | Wrong::Rule(_) => said,
        }
    }
}

fn detail(wrong: &Wrong, lang: Lang) -> String {
    let fixed = |zh: &str, ko: &str, en: &str| lang.pick(zh, ko, en).to_owned();
    match wrong {
        Wrong::Missing => fixed("此项必填。", "필수 항목입니다.", "This is required."),
        Wrong::Unknown(known) if known.is_empty() => {
            fixed("没有此字段。", "없는 항목입니다.", "There is no such field.")
        }
        Wrong::Unknown(known) => {
            let known = known.join(", ");
            lang.pick(
                format!("没有此字段；可用字段：{known}。"),
                format!("없는 항목입니다. 사용할 수 있는 항목: {known}."),
                format!("There is no such field. There are: {known}."),
            )
        }
        Wrong::Twice => fixed("此项只能出现一次。", "한 번만 보내 주세요.", "Give this once."),
        Wrong::WrongType(kind) => of_type(kind, lang),
        Wrong::TooShort(min) => lang.pick(
            format!("至少 {min} 个字符。"),
            format!("{min}자 이상이어야 합니다."),
            format!("At least {min} characters."),
        ),
        Wrong::TooLong(max) => lang.pick(
            format!("最多 {max} 个字符。"),
            format!("{max}자 이하여야 합니다."),
            format!("At most {max} characters."),
        ),
        Wrong::OutOfRange { min, max } => between(*min, *max, lang),
        Wrong::Count { min, max } => of_items(*min, *max, lang),
        Wrong::NotAllowed(allowed) => {
            let allowed = allowed.join(", ");
            lang.pick(
                format!("可用值：{allowed}。"),
                format!("사용할 수 있는 값: {allowed}."),
                format!("One of: {allowed}."),
            )
        }
        Wrong::Pattern { pattern, example } => matching(pattern, example.as_deref(), lang),
        Wrong::Letters => fixed(
            "不能含有换行、控制字符或改变书写方向的符号。",
            "줄바꿈, 제어 문자, 글자 방향을 바꾸는 기호는 쓸 수 없습니다.",
            "No line breaks, control characters or marks that turn the direction of writing.",
        ),
        Wrong::Mismatch(right) => lang.pick(
            format!("与其他字段不一致，应为 {right}。"),
            format!("다른 항목과 맞지 않습니다. 올바른 값: {right}."),
            format!("Does not agree with the other fields; it would be {right}."),
        ),
        Wrong::NotFound => fixed("不存在。", "존재하지 않습니다.", "There is nothing of that name."),
        Wrong::Invalid => fixed("格式不正确。", "형식이 올바르지 않습니다.", "Not of the form that is asked for."),
        Wrong::Syntax { line, column, ends_early: true } => lang.pick(
            format!("JSON 不完整：在第 {line} 行第 {column} 列就结束了。"),
            format!("JSON이 완전하지 않습니다. {line}행 {column}열에서 끝났습니다."),
            format!("The JSON ends too early, at line {line}, column {column}."),
        ),
        Wrong::Syntax { line, column, ends_early: false } => lang.pick(
            format!("JSON 语法有误：第 {line} 行第 {column} 列。"),
            format!("JSON 구문 오류: {line}행 {column}열."),
            format!("The JSON can't be read from line {line}, column {column} on."),
        ),
        Wrong::Rule(rule) => rule.detail.get(lang).to_owned(),
    }
}

/// JSON's types as people call them.
fn of_type(kind: &str, lang: Lang) -> String {
    let kinds: Vec<String> = kind
        .split(", ")
        .map(|kind| {
            let known = match kind {
                "string" => lang.pick("字符串", "문자열", "a string"),
                "integer" => lang.pick("整数", "정수", "an integer"),
                "number" => lang.pick("数字", "숫자", "a number"),
                "boolean" => lang.pick("true 或 false", "true 또는 false", "true or false"),
                "object" => lang.pick("对象 {…}", "객체 {…}", "an object {...}"),
                "array" => lang.pick("数组 […]", "배열 […]", "an array [...]"),
                "null" => "null",
                other => other,
            };
            known.to_owned()
        })
        .collect();
    lang.pick(
        format!("应为{}。", kinds.join("或")),
        format!("값의 형식: {}.", kinds.join(" 또는 ")),
        format!("Must be {}.", kinds.join(" or ")),
    )
}

fn between(min: Option<i64>, max: Option<i64>, lang: Lang) -> String {
    match (min, max) {
        (Some(min), Some(max)) => lang.pick(
            format!("应在 {min} 到 {max} 之间。"),
            format!("{min}에서 {max} 사이여야 합니다."),
            format!("Must be {min} to {max}."),
        ),
        (Some(min), None) => lang.pick(
            format!("不能小于 {min}。"),
            format!("{min} 이상이어야 합니다."),
            format!("Must be {min} or more."),
        ),
        (None, Some(max)) => {
            lang.pick(format!("不能大于 {max}。"), format!("{max} 이하여야 합니다."), format!("Must be {max} or less."))
        }
        (None, None) => {
            lang.pick("数值超出范围。", "값이 범위를 벗어났습니다.", "The number is out of range.").to_owned()
        }
    }
}

fn of_items(min: Option<u64>, max: Option<u64>, lang: Lang) -> String {
    match (min, max) {
        (Some(min), Some(max)) => lang.pick(
            format!("应有 {min} 到 {max} 项。"),
            format!("{min}개에서 {max}개까지 보내 주세요."),
            format!("Must have {min} to {max} items."),
        ),
        (Some(min), None) => lang.pick(
            format!("至少 {min} 项。"),
            format!("{min}개 이상이어야 합니다."),
            format!("Must have at least {min} items."),
        ),
        (_, max) => {
            let max = max.unwrap_or_default();
            lang.pick(
                format!("最多 {max} 项。"),
                format!("{max}개 이하여야 합니다."),
                format!("Must have at most {max} items."),
            )
        }
    }
}

fn matching(pattern: &str, example: Option<&str>, lang: Lang) -> String {
    match example {
        Some(example) => lang.pick(
            format!("格式不正确，例如 {example}（{pattern}）。"),
            format!("형식이 올바르지 않습니다. 예: {example} ({pattern})."),
            format!("Not of the right form. An example: {example} ({pattern})."),
        ),
        None => lang.pick(
            format!("格式不正确，应匹配 {pattern}。"),
            format!("형식이 올바르지 않습니다: {pattern}."),
            format!("Does not match {pattern}."),
        ),
    }
}
