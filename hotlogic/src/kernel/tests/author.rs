//! Writes random, well-formed functions: whatever an author of rules could come to write without loops.

use crate::hooks::Hook;
use sim::rng::Rng;

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Float,
    Int,
    Bool,
}

const KINDS: [Kind; 3] = [Kind::Float, Kind::Int, Kind::Bool];

/// Nesting of statements, and of expressions.
const DEPTH: u32 = 2;

pub(super) struct Author<'a> {
    rng: &'a mut Rng,
    /// Names and types of what can be read; the first are parameters.
    variables: Vec<(String, Kind)>,
    names: u32,
    helpers: u32,
}

impl<'a> Author<'a> {
    pub(super) fn new(rng: &'a mut Rng) -> Self {
        Self { rng, variables: Vec::new(), names: 0, helpers: 0 }
    }

    /// A script with one hook and some helpers of two floats each.
    pub(super) fn script(mut self, hook: Hook) -> String {
        let mut script = String::from("const RATE = 2.5;\nconst STEPS = 3;\nconst ODD = true;\n");
        for helper in 0..self.below(3) {
            let names = ["a".to_owned(), "b".to_owned()];
            self.variables = names.iter().map(|name| (name.clone(), Kind::Float)).collect();
            let body = self.body(2, 1);
            script += &format!("fn helper{helper}(a, b) {{\n{body}}}\n");
            self.helpers = helper + 1;
        }
        use Kind::{Bool, Float, Int};
        let kinds: &[Kind] = match hook {
            Hook::MovePlayer | Hook::MoveOrb => &[Float; 5],
            Hook::SpawnPoint => &[Float; 2],
            Hook::Strike => &[Float, Float, Int, Int],
            Hook::OnKill => &[Int, Int, Bool],
            Hook::BotThink => &[
                Float, Float, Float, Bool, Bool, Float, Float, Float, Float, Float, Bool, Float, Float,
                Float, Float, Bool, Float, Float,
            ],
        };
        self.variables = kinds.iter().enumerate().map(|(n, kind)| (format!("p{n}"), *kind)).collect();
        let params: Vec<String> = self.variables.iter().map(|(name, _)| name.clone()).collect();
        let count = if matches!(hook, Hook::MoveOrb | Hook::BotThink) { 4 } else { 2 };
        let body = self.body(5, count);
        format!("{script}fn {}({}) {{\n{body}}}\n", hook.name(), params.join(", "))
    }

    fn below(&mut self, end: u32) -> u32 {
        self.rng.next_u32() % end
    }

    fn body(&mut self, statements: u32, answers: usize) -> String {
        let count = self.below(statements) + 1;
        let mut text = self.statements(count, DEPTH, answers);
        text += &match self.below(4) {
            0 => {
                let (condition, yes, no) = (self.bool(2), self.answer(answers), self.answer(answers));
                format!("if {condition} {{ {yes} }} else {{ {no} }}\n")
            }
            1 => format!("return {};\n", self.answer(answers)),
            _ => format!("{}\n", self.answer(answers)),
        };
        text
    }

    /// What is returned: floats in helpers, numbers of any type in hooks.
    fn answer(&mut self, count: usize) -> String {
        if count == 1 {
            return self.float(DEPTH);
        }
        let numbers: Vec<String> = (0..count)
            .map(|_| if self.below(4) == 0 { self.int(DEPTH) } else { self.float(DEPTH) })
            .collect();
        format!("[{}]", numbers.join(", "))
    }

    fn statements(&mut self, count: u32, depth: u32, answers: usize) -> String {
        let known = self.variables.len();
        let text = (0..count).map(|_| self.statement(depth, answers)).collect();
        if depth < DEPTH {
            self.variables.truncate(known);
        }
        text
    }

    fn statement(&mut self, depth: u32, answers: usize) -> String {
        let choice = self.below(if depth == 0 { 6 } else { 10 });
        match choice {
            0..=2 => {
                let kind = KINDS[self.below(3) as usize];
                let value = self.value(kind, DEPTH);
                // Often a name that is taken already.
                let name = if self.below(3) == 0 {
                    let taken = self.below(self.variables.len() as u32) as usize;
                    self.variables[taken].0.clone()
                } else {
                    self.names += 1;
                    format!("v{}", self.names)
                };
                self.variables.push((name.clone(), kind));
                format!("let {name} = {value};\n")
            }
            3 | 4 => {
                let index = self.below(self.variables.len() as u32) as usize;
                let name = self.variables[index].0.clone();
                let kind = self.kind_of(&name);
                format!("{name} = {};\n", self.value(kind, DEPTH))
            }
            5 => {
                let index = self.below(self.variables.len() as u32) as usize;
                let name = self.variables[index].0.clone();
                match self.kind_of(&name) {
                    Kind::Bool => format!("{name} = !{name};\n"),
                    Kind::Int => format!("{name} {}= {};\n", self.arithmetic(), self.int(2)),
                    Kind::Float => {
                        let value = if self.below(3) == 0 { self.int(2) } else { self.float(2) };
                        format!("{name} {}= {value};\n", self.arithmetic())
                    }
                }
            }
            6 | 7 => {
                let (condition, count) = (self.bool(2), self.below(3) + 1);
                let yes = self.statements(count, depth - 1, answers);
                let otherwise = match self.below(3) {
                    0 => String::new(),
                    1 => format!(" else {{\n{}}}", self.statements(1, depth - 1, answers)),
                    _ => {
                        let condition = self.bool(1);
                        format!(" else if {condition} {{\n{}}}", self.statements(1, depth - 1, answers))
                    }
                };
                format!("if {condition} {{\n{yes}}}{otherwise}\n")
            }
            8 => format!("{{\n{}}}\n", self.statements(2, depth - 1, answers)),
            _ => format!("if {} {{ return {}; }}\n", self.bool(2), self.answer(answers)),
        }
    }

    /// Of the innermost variable with this name.
    fn kind_of(&self, name: &str) -> Kind {
        let found = self.variables.iter().rev().find(|(known, _)| known == name);
        found.map_or(Kind::Float, |(_, kind)| *kind)
    }

    fn arithmetic(&mut self) -> &'static str {
        ["+", "-", "*", "/", "%"][self.below(5) as usize]
    }

    fn value(&mut self, kind: Kind, depth: u32) -> String {
        match kind {
            Kind::Float => self.float(depth),
            Kind::Int => self.int(depth),
            Kind::Bool => self.bool(depth),
        }
    }

    /// A variable that is visible under its name, or `otherwise`.
    fn variable(&mut self, kind: Kind, otherwise: String) -> String {
        let names: Vec<String> = self
            .variables
            .iter()
            .filter(|(name, _)| self.kind_of(name) == kind)
            .map(|(name, _)| name.clone())
            .collect();
        if names.is_empty() { otherwise } else { names[self.below(names.len() as u32) as usize].clone() }
    }

    fn float(&mut self, depth: u32) -> String {
        let constant = ["0.0", "1.0", "0.25", "-3.5", "1e-17", "3e38", "RATE", "PI", "player_speed"];
        let leaf = constant[self.below(constant.len() as u32) as usize].to_owned();
        if depth == 0 {
            return if self.below(3) == 0 { leaf } else { self.variable(Kind::Float, leaf) };
        }
        let d = depth - 1;
        match self.below(14) {
            0..=2 => self.variable(Kind::Float, leaf),
            3..=5 => format!("({} {} {})", self.float(d), self.arithmetic(), self.float(d)),
            6 => format!("({} {} {})", self.float(d), self.arithmetic(), self.int(d)),
            7 => format!("({} {} {})", self.int(d), self.arithmetic(), self.float(d)),
            8 => format!("-{}", self.float(0).replace('-', "")),
            9 => {
                let name =
                    ["abs", "sign", "sqrt", "floor", "round", "sin", "cos", "atan", "exp", "ln", "to_float"];
                let name = name[self.below(name.len() as u32) as usize];
                format!("{name}({})", self.float(d))
            }
            10 => {
                let name = ["min", "max", "atan2", "hypot", "pow"][self.below(5) as usize];
                let second = if self.below(3) == 0 { self.int(d) } else { self.float(d) };
                format!("{name}({}, {second})", self.float(d))
            }
            11 => {
                let name = ["clamp", "lerp"][self.below(2) as usize];
                format!("{name}({}, {}, {})", self.float(d), self.float(d), self.float(d))
            }
            12 => {
                let (condition, yes, no) = (self.bool(d), self.float(d), self.float(d));
                format!("({{ if {condition} {{ {yes} }} else {{ {no} }} }})")
            }
            _ if self.helpers > 0 => {
                let helper = self.below(self.helpers);
                format!("helper{helper}({}, {})", self.float(d), self.float(d))
            }
            _ => leaf,
        }
    }

    fn int(&mut self, depth: u32) -> String {
        let constant = ["0", "1", "-2", "7", "100", "65536", "STEPS"];
        let leaf = constant[self.below(constant.len() as u32) as usize].to_owned();
        if depth == 0 {
            return if self.below(3) == 0 { leaf } else { self.variable(Kind::Int, leaf) };
        }
        let d = depth - 1;
        match self.below(9) {
            0..=2 => self.variable(Kind::Int, leaf),
            3 | 4 => format!("({} {} {})", self.int(d), self.arithmetic(), self.int(d)),
            5 => format!("to_int({})", self.float(d)),
            6 => format!("{}({}, {})", ["min", "max"][self.below(2) as usize], self.int(d), self.int(d)),
            7 => format!("{}({})", ["abs", "sign", "-"][self.below(3) as usize], self.int(d)),
            _ => format!("clamp({}, {}, {})", self.int(d), self.int(d), self.int(d)),
        }
    }

    fn bool(&mut self, depth: u32) -> String {
        let leaf = ["true", "false", "ODD"][self.below(3) as usize].to_owned();
        if depth == 0 {
            return self.variable(Kind::Bool, leaf);
        }
        let d = depth - 1;
        let compare = ["<", ">", "<=", ">=", "==", "!="][self.below(6) as usize];
        match self.below(11) {
            0 => self.variable(Kind::Bool, leaf),
            1..=3 => format!("({} {compare} {})", self.float(d), self.float(d)),
            4 => format!("({} {compare} {})", self.int(d), self.int(d)),
            5 => format!("({} {compare} {})", self.int(d), self.float(d)),
            6 => format!("({} {compare} {})", self.bool(d), self.bool(d)),
            7 => format!("({} && {})", self.bool(d), self.bool(d)),
            8 => format!("({} || {})", self.bool(d), self.bool(d)),
            9 => format!("!{}", self.bool(d)),
            _ => format!("is_finite({})", self.float(d)),
        }
    }
}
