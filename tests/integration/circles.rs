//! No two files use each other, directly or by way of others: each can be read after those it uses.
//!
//! A file uses another by the paths in its code: `use` lines, and paths such as `crate::a::b` or `child::c`. What a
//! parent re-exports (`pub use child::Name`) is a use of the child by whoever imports it, not by the parent. Modules for
//! tests do not count.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::sources::{children, production, sources, test_files};

/// A crate's files by the paths of their modules.
struct Tree {
    files: BTreeMap<Vec<String>, PathBuf>,
    code: BTreeMap<PathBuf, String>,
    /// Of a module's re-exports, by name, the path they come from.
    exported: BTreeMap<(Vec<String>, String), Vec<String>>,
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn module_of(root: &Path, path: &Path) -> Vec<String> {
    children(path).strip_prefix(root).unwrap().iter().map(|part| part.to_str().unwrap().to_owned()).collect()
}

/// The paths in a `use` tree.
fn expand(tree: &str, prefix: &[String], found: &mut Vec<Vec<String>>) {
    let tree = tree.trim();
    let (head, inner) = match tree.split_once('{') {
        Some((head, inner)) => {
            (head, Some(inner.trim_end().trim_end_matches(';').trim_end().strip_suffix('}').unwrap()))
        }
        None => (tree.split(" as ").next().unwrap_or(""), None),
    };
    let mut path = prefix.to_vec();
    path.extend(head.split("::").map(str::trim).filter(|part| !part.is_empty() && *part != "self").map(str::to_owned));
    let Some(inner) = inner else {
        found.push(path);
        return;
    };
    let (mut depth, mut start) = (0, 0);
    for (index, c) in inner.char_indices().chain([(inner.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                if !inner[start..index].trim().is_empty() {
                    expand(&inner[start..index], &path, found);
                }
                start = index + 1;
            }
            _ => {}
        }
    }
}

/// Cuts the `use` items out of code: whether each is public, with its tree; and the code without them.
fn uses(code: &str) -> (Vec<(bool, String)>, String) {
    let (mut found, mut rest) = (Vec::new(), String::new());
    let mut open: Option<(bool, String)> = None;
    for line in code.lines() {
        if open.is_none() {
            let trimmed = line.trim_start();
            let after_pub = trimmed.strip_prefix("pub").map(|after| match after.strip_prefix('(') {
                Some(scope) => scope.split_once(')').map_or("", |(_, after)| after),
                None => after,
            });
            if let Some(tree) = after_pub.unwrap_or(trimmed).trim_start().strip_prefix("use ") {
                open = Some((after_pub.is_some(), tree.to_owned()));
            }
        } else if let Some((_, tree)) = &mut open {
            tree.push_str(line);
        }
        match open.take() {
            Some((is_public, tree)) if tree.trim_end().ends_with(';') => {
                found.push((is_public, tree.trim_end().trim_end_matches(';').to_owned()));
            }
            Some(unfinished) => open = Some(unfinished),
            None => {
                rest.push_str(line);
                rest.push('\n');
            }
        }
    }
    (found, rest)
}

/// Paths of two and more parts in code: `crate::a::b`, `child::function`.
fn inline(code: &str) -> Vec<Vec<String>> {
    let is_part = |c: char| is_word(c) || c == ':';
    let paths = code.split(|c: char| !is_part(c)).filter(|path| path.contains("::"));
    paths.map(|path| path.split("::").map(str::to_owned).collect()).collect()
}

impl Tree {
    fn of(root: &str) -> Self {
        let all = sources(root);
        let tests = test_files(&all);
        let mut tree = Self { files: BTreeMap::new(), code: BTreeMap::new(), exported: BTreeMap::new() };
        for (path, text) in all.iter().filter(|(path, _)| !tests.contains(path) && !path.ends_with("src/main.rs")) {
            tree.files.insert(module_of(Path::new(root), path), path.clone());
            tree.code.insert(path.clone(), production(text).join("\n"));
        }
        for (module, path) in tree.files.clone() {
            for (_, item) in uses(&tree.code[&path]).0.into_iter().filter(|(is_public, _)| *is_public) {
                let mut found = Vec::new();
                expand(&item, &[], &mut found);
                let targets: Vec<_> = found.iter().filter_map(|path| tree.absolute(&module, path)).collect();
                for target in targets {
                    let name = target.last().cloned().unwrap_or_default();
                    tree.exported.insert((module.clone(), name), target);
                }
            }
        }
        tree
    }

    /// A path from the root of the crate; `None` when it leads out of the crate.
    fn absolute(&self, module: &[String], path: &[String]) -> Option<Vec<String>> {
        let child = |name: &str| [module, &[name.to_owned()]].concat();
        let mut base = match path.first()?.as_str() {
            "crate" => return Some(path[1..].to_vec()),
            "super" | "self" => module.to_vec(),
            first if self.files.contains_key(&child(first)) => return Some([module, path].concat()),
            _ => return None,
        };
        let ups = path.iter().take_while(|part| *part == "super").count();
        base.truncate(base.len().checked_sub(ups)?);
        base.extend(path.iter().skip(ups.max(1)).cloned());
        Some(base)
    }

    /// The file that has what a path names.
    fn file(&self, path: &[String]) -> Option<&PathBuf> {
        let length = (0..=path.len()).rev().find(|length| self.files.contains_key(&path[..*length]))?;
        let module = &path[..length];
        let exported = path.get(length).and_then(|name| self.exported.get(&(module.to_vec(), name.clone())));
        match exported.filter(|target| target.as_slice() != path) {
            Some(target) => self.file(target),
            None => self.files.get(module),
        }
    }

    fn edges(&self) -> BTreeMap<&PathBuf, BTreeSet<&PathBuf>> {
        let mut edges: BTreeMap<&PathBuf, BTreeSet<&PathBuf>> = BTreeMap::new();
        for (module, path) in &self.files {
            let (items, rest) = uses(&self.code[path]);
            let mut paths = inline(&rest);
            for (is_public, item) in items {
                let mut found = Vec::new();
                expand(&item, &[], &mut found);
                // What a parent re-exports of its children it need not use itself.
                let of_child = |path: &[String]| {
                    self.absolute(module, path)
                        .is_some_and(|path| path.len() > module.len() && path.starts_with(module))
                };
                paths.extend(found.into_iter().filter(|path| !is_public || !of_child(path)));
            }
            let used = paths.iter().filter_map(|path| self.file(&self.absolute(module, path)?));
            edges.entry(path).or_default().extend(used.filter(|used| *used != path));
        }
        edges
    }
}

fn reached<'a>(edges: &BTreeMap<&'a PathBuf, BTreeSet<&'a PathBuf>>, from: &'a PathBuf) -> BTreeSet<&'a PathBuf> {
    let (mut reached, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(path) = open.pop() {
        open.extend(edges[path].iter().filter(|next| reached.insert(**next)));
    }
    reached
}

#[test]
fn files_use_each_other_in_one_direction() {
    let mut faults = String::new();
    for root in ["src", "benches/pipeline"] {
        let tree = Tree::of(root);
        let edges = tree.edges();
        assert!(edges.values().map(BTreeSet::len).sum::<usize>() > edges.len(), "{root}: hardly any use was found");
        for path in edges.keys().filter(|path| reached(&edges, path).contains(*path)) {
            let back: Vec<_> = edges[path].iter().filter(|next| reached(&edges, next).contains(path)).collect();
            faults.push_str(&format!("{}: uses {back:?}, which use it\n", path.display()));
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}
