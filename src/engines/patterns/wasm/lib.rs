//! What the pattern rules need of `ast-grep scan -c … --json=stream --threads=1 --inspect=entity`, as a WebAssembly module without a system: its host gives
//! it the texts of rules and files and writes out what it prints. The engine, the grammars and so the matches are those of the program.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::ops;
use std::path::Path;
use std::str::FromStr;
use std::sync::OnceLock;

use ast_grep_config::{CombinedScan, DeserializeEnv, GlobalRules, RuleCollection, RuleConfig, from_str, from_yaml_string};
use ast_grep_core::meta_var::MetaVariable;
use ast_grep_core::tree_sitter::{LanguageExt, StrDoc};
use ast_grep_core::{Node, NodeMatch};
use ast_grep_language::{Language, SupportLang};
use ignore::types::{Types, TypesBuilder};
use serde::{Deserialize, Serialize};

type Doc = StrDoc<SupportLang>;

#[link(wasm_import_module = "env")]
unsafe extern "C" {
  /// Writes text to standard output (1) or error (2).
  fn host_write(stream: u32, text: *const u8, length: usize);
}

fn print(stream: u32, text: &str) {
  unsafe { host_write(stream, text.as_ptr(), text.len()) }
}

/// What `configure` is given, as JSON.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Order {
  /// The texts of rule files.
  rules: Vec<String>,
  /// The texts of utility files.
  utils: Vec<String>,
  /// As in sgconfig.yml.
  #[serde(default)]
  language_globs: BTreeMap<String, Vec<String>>,
}

struct Search {
  rules: RuleCollection<SupportLang>,
  globs: Vec<(SupportLang, Types)>,
}

static SEARCH: OnceLock<Search> = OnceLock::new();

/// Memory for the host to write an argument into, which the function that takes it frees.
#[unsafe(no_mangle)]
pub extern "C" fn allocate(length: usize) -> *mut u8 {
  Box::into_raw(vec![0u8; length].into_boxed_slice()).cast()
}

fn taken(argument: *mut u8, length: usize) -> Vec<u8> {
  let slice = std::ptr::slice_from_raw_parts_mut(argument, length);
  unsafe { Box::from_raw(slice) }.into_vec()
}

fn text(argument: *mut u8, length: usize) -> String {
  String::from_utf8_lossy(&taken(argument, length)).into_owned()
}

/// Reads the rules, once. Returns ast-grep's exit status: 0, or 8 with what is wrong on standard error.
#[unsafe(no_mangle)]
pub extern "C" fn configure(order: *mut u8, length: usize) -> u32 {
  std::panic::set_hook(Box::new(|panic| print(2, &format!("{panic}\n"))));
  match read(&taken(order, length)) {
    Ok(search) => {
      let _ = SEARCH.set(search);
      0
    }
    Err(error) => {
      print(2, &format!("Error: {error}\n"));
      8
    }
  }
}

fn read(order: &[u8]) -> Result<Search, String> {
  let order: Order = serde_json::from_slice(order).map_err(|error| error.to_string())?;
  let utils = order.utils.iter().map(|text| from_str(text)).collect::<Result<Vec<_>, _>>();
  let utils = utils.map_err(|error| chain(&error))?;
  let utils: GlobalRules = DeserializeEnv::<SupportLang>::parse_global_utils(utils).map_err(|error| chain(&error))?;
  let mut rules = vec![];
  for text in &order.rules {
    rules.extend(from_yaml_string::<SupportLang>(text, &utils).map_err(|error| chain(&error))?);
  }
  let globs = order.language_globs.into_iter().map(|(name, globs)| {
    let language = SupportLang::from_str(&name).map_err(|error| error.to_string())?;
    let mut types = TypesBuilder::new();
    for glob in globs {
      types.add(&name, &glob).map_err(|error| error.to_string())?;
    }
    types.select(&name);
    Ok((language, types.build().map_err(|error| error.to_string())?))
  });
  Ok(Search {
    globs: globs.collect::<Result<_, String>>()?,
    rules: RuleCollection::try_new(rules).map_err(|error| error.to_string())?,
  })
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
  match error.source() {
    Some(cause) => format!("{error}: {}", chain(cause)),
    None => error.to_string(),
  }
}

impl Search {
  fn language_of(&self, path: &str) -> Option<SupportLang> {
    let by_glob = self.globs.iter().find(|(_, types)| types.matched(path, false).is_whitelist());
    by_glob.map(|(language, _)| *language).or_else(|| SupportLang::from_path(path))
  }
}

/// Announces a file on standard error, before it is read.
#[unsafe(no_mangle)]
pub extern "C" fn announce(path: *mut u8, length: usize) {
  let path = text(path, length);
  let search = SEARCH.get().expect("configure comes first");
  if let Some(language) = search.language_of(&path) {
    let rules = search.rules.get_rule_from_lang(Path::new(&path), language).len();
    print(2, &format!("sg: entity|file|{path}: language={language},appliedRuleCount={rules}\n"));
  }
}

/// Searches a file and prints its matches, one a line.
#[unsafe(no_mangle)]
pub extern "C" fn scan(path: *mut u8, path_length: usize, content: *mut u8, content_length: usize) {
  let path = text(path, path_length);
  // ast-grep skips what is not UTF-8, too.
  let content = String::from_utf8(taken(content, content_length)).unwrap_or_default();
  let search = SEARCH.get().expect("configure comes first");
  let Some(language) = search.language_of(&path) else { return };
  if content.is_empty() {
    return;
  }
  let whole = language.ast_grep(content);
  let embedded = whole.get_injections(|name| SupportLang::from_str(name).ok());
  for tree in std::iter::once(&whole).chain(&embedded) {
    let combined = CombinedScan::new(search.rules.get_rule_from_lang(Path::new(&path), *tree.lang()));
    for (rule, matches) in combined.scan(tree, false).matches {
      for found in matches {
        let line = serde_json::to_string(&Match::new(found, &path, rule)).expect("it is JSON");
        print(1, &(line + "\n"));
      }
    }
  }
}

#[derive(Serialize)]
struct Position {
  line: usize,
  column: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Range {
  byte_offset: ops::Range<usize>,
  start: Position,
  end: Position,
}

impl Range {
  fn of(node: &Node<'_, Doc>) -> Self {
    let (start, end) = (node.start_pos(), node.end_pos());
    Range {
      byte_offset: node.range(),
      start: Position { line: start.line(), column: start.column(node) },
      end: Position { line: end.line(), column: end.column(node) },
    }
  }
}

#[derive(Serialize)]
struct Variable<'t> {
  text: Cow<'t, str>,
  range: Range,
}

#[derive(Serialize)]
struct Variables<'t> {
  single: HashMap<String, Variable<'t>>,
}

/// A line of the output: the fields of ast-grep's that match.ts reads.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Match<'t, 'r> {
  text: String,
  range: Range,
  file: &'r str,
  lines: String,
  #[serde(skip_serializing_if = "Option::is_none")]
  replacement: Option<String>,
  #[serde(skip_serializing_if = "Option::is_none")]
  replacement_offsets: Option<ops::Range<usize>>,
  #[serde(skip_serializing_if = "Option::is_none")]
  meta_variables: Option<Variables<'t>>,
  rule_id: &'r str,
  message: String,
}

impl<'t, 'r> Match<'t, 'r> {
  fn new(found: NodeMatch<'t, Doc>, file: &'r str, rule: &'r RuleConfig<SupportLang>) -> Self {
    let shown = found.display_context(0, 0);
    let edit = rule.fixer.first().map(|fixer| found.make_edit(&rule.matcher, fixer));
    Match {
      text: found.text().into_owned(),
      range: Range::of(&found),
      file,
      lines: format!("{}{}{}", shown.leading, shown.matched, shown.trailing),
      replacement: edit.as_ref().map(|edit| String::from_utf8_lossy(&edit.inserted_text).into_owned()),
      replacement_offsets: edit.as_ref().map(|edit| edit.position..edit.position + edit.deleted_length),
      meta_variables: variables(&found),
      rule_id: &rule.id,
      message: rule.get_message(&found),
    }
  }
}

fn variables<'t>(found: &NodeMatch<'t, Doc>) -> Option<Variables<'t>> {
  let env = found.get_env();
  let mut single = HashMap::new();
  for variable in env.get_matched_variables() {
    if let MetaVariable::Capture(name, _) = variable
      && let Some(node) = env.get_match(&name)
    {
      single.insert(name, Variable { text: node.text(), range: Range::of(node) });
    }
  }
  (!single.is_empty()).then_some(Variables { single })
}
