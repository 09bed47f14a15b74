//! Statements and control flow of a function, without branches: both ways are calculated, and masks say which counts.
//!
//! The scope is kept exactly as the interpreter keeps it, as the syntax tree addresses variables by their place in it.

use super::Unfit;
use super::builder::{Builder, Register};
use super::program::{Op, Program};
use super::source::Function;
use super::values::{Kind, Scalar, Value, Variable};
use crate::engine::Constants;
use crate::hooks::Hook;
use rhai::{ASTFlags, Expr, FlowControl, Position, Stmt};
use sim::Tuning;

/// Most parts of a function, with all that it calls, that are looked at. The interpreter counts at most three operations
/// a part, so whatever can be compiled stays far below the limit of a call.
pub(super) const MAX_VISITED: usize = 2_000;
/// Functions that call each other. The interpreter allows more; recursion ends here.
const MAX_DEPTH: usize = 6;
/// Variables at a time; the interpreter allows more.
const MAX_VARIABLES: usize = 100;

/// Compiles one hook, which stands at `position`.
pub(super) fn hook(
    hook: Hook,
    position: Position,
    functions: &[Function],
    constants: &Constants,
    tuning: &Tuning,
) -> Result<Program, Unfit> {
    let function = functions
        .iter()
        .find(|function| function.name == hook.name())
        .ok_or_else(|| Unfit::new("its body was not found", position))?;
    let answer = Answer { hook, usual_knockback: tuning.strike_knockback, position };
    let mut lowering = Lowering {
        functions,
        constants,
        builder: Builder::default(),
        scope: Vec::new(),
        mask: None,
        dead: false,
        frame: Frame { result: None, answer: Some(answer) },
        depth: 0,
        visited: 0,
    };
    let kinds = param_kinds(hook);
    for (index, (name, kind)) in function.params.iter().zip(kinds).enumerate() {
        let value = Value::Scalar(Scalar { kind: *kind, at: Register::Param(index as u16) });
        lowering.scope.push(Variable { name: name.as_str().into(), constant: false, value });
    }
    lowering.block(&function.body, true)?;
    let Some(Value::Array(numbers)) = lowering.frame.result else {
        return Err(Unfit::new("it returns nothing", position));
    };
    let results: Vec<Register> = numbers.iter().map(|number| number.at).collect();
    lowering
        .builder
        .finish(kinds.len(), &results)
        .ok_or_else(|| Unfit::new("it is too long to be compiled", position))
}

/// What the game calls a hook with.
fn param_kinds(hook: Hook) -> &'static [Kind] {
    use Kind::{Bool, Float, Int};
    match hook {
        Hook::MovePlayer | Hook::MoveOrb => &[Float; 5],
        Hook::Strike => &[Float, Float, Int, Int],
        Hook::SpawnPoint => &[Float; 2],
        Hook::OnKill => &[Int, Int, Bool],
        // Whether it is ready, whether the opponent is shielded and whether the orb is dangerous are truths.
        Hook::BotThink => &[
            Float, Float, Float, Bool, Bool, Float, Float, Float, Float, Float, Bool, Float, Float, Float,
            Float, Bool, Float, Float,
        ],
    }
}

/// What a hook must return.
struct Answer {
    hook: Hook,
    usual_knockback: f32,
    position: Position,
}

/// What has been returned so far by the function that is being compiled.
pub(super) struct Frame {
    pub(super) result: Option<Value>,
    /// Only for the hook itself.
    answer: Option<Answer>,
}

pub(super) struct Lowering<'a> {
    pub(super) functions: &'a [Function],
    pub(super) constants: &'a Constants,
    pub(super) builder: Builder,
    /// Of the running function.
    pub(super) scope: Vec<Variable>,
    /// The lanes that get here; `None` means all.
    pub(super) mask: Option<Register>,
    /// No lane gets here.
    pub(super) dead: bool,
    pub(super) frame: Frame,
    depth: usize,
    visited: usize,
}

impl Lowering<'_> {
    /// Counts one more part of the script.
    pub(super) fn visit(&mut self, position: Position) -> Result<(), Unfit> {
        self.visited += 1;
        if self.visited > MAX_VISITED {
            return Err(Unfit::new("it is too long to be compiled", position));
        }
        Ok(())
    }

    /// The statements of a block, in a scope of their own. In the tail of a function its value is what is returned.
    pub(super) fn block(&mut self, statements: &[Stmt], tail: bool) -> Result<Value, Unfit> {
        let outer = self.scope.len();
        let mut value = Value::Unit;
        for (index, statement) in statements.iter().enumerate() {
            let last = index + 1 == statements.len();
            value = self.statement(statement, tail && last)?;
            if self.dead {
                break;
            }
        }
        if tail && !self.dead {
            let position = statements.last().map_or(Position::NONE, Stmt::position);
            self.leave(value, position)?;
            value = Value::Unit;
        }
        self.scope.truncate(outer);
        Ok(value)
    }

    fn statement(&mut self, statement: &Stmt, tail: bool) -> Result<Value, Unfit> {
        let position = statement.position();
        self.visit(position)?;
        match statement {
            Stmt::Noop(_) => Ok(Value::Unit),
            Stmt::Expr(expr) => match &**expr {
                Expr::Stmt(block) if tail => self.block(block.statements(), true),
                expr => self.expression(expr),
            },
            Stmt::Block(block) => self.block(block.statements(), tail),
            Stmt::FnCall(call, position) => self.call(call, *position),
            Stmt::If(flow, _) => self.branch(flow, tail),
            Stmt::Var(parts, flags, _) => {
                let (name, initial, replaces) = &**parts;
                if self.scope.len() >= MAX_VARIABLES {
                    return Err(Unfit::new("too many variables to be compiled", position));
                }
                let value = self.expression(initial)?;
                let constant = flags.contains(ASTFlags::CONSTANT);
                match replaces {
                    Some(back) => {
                        let slot = self.scope.len().checked_sub(back.get());
                        let variable = slot.and_then(|slot| self.scope.get_mut(slot));
                        let variable = variable.ok_or_else(|| unforeseen(position))?;
                        (variable.value, variable.constant) = (value, constant);
                    }
                    None => self.scope.push(Variable { name: name.name.clone(), constant, value }),
                }
                Ok(Value::Unit)
            }
            Stmt::Assignment(parts) => {
                let (operator, sides) = &**parts;
                self.assign(operator, &sides.lhs, &sides.rhs)?;
                Ok(Value::Unit)
            }
            Stmt::Return(value, flags, _) if !flags.contains(ASTFlags::BREAK) => {
                let value = match value.as_deref() {
                    Some(Expr::Stmt(block)) => {
                        self.block(block.statements(), true)?;
                        return Ok(Value::Unit);
                    }
                    Some(expr) => self.expression(expr)?,
                    None => Value::Unit,
                };
                self.leave(value, position)?;
                Ok(Value::Unit)
            }
            Stmt::While(..) | Stmt::Do(..) | Stmt::For(..) => {
                Err(Unfit::new("loops are not compiled", position))
            }
            Stmt::Switch(..) => Err(Unfit::new("`switch` is not compiled; `if` is", position)),
            Stmt::Return(..) => Err(Unfit::new("`throw` is not compiled", position)),
            _ => Err(Unfit::new("this statement is not compiled", position)),
        }
    }

    /// Both ways, and then whatever each lane has gone.
    fn branch(&mut self, flow: &FlowControl, tail: bool) -> Result<Value, Unfit> {
        let condition = self.truth(&flow.expr)?;
        let (outer, before) = (self.mask, self.scope.clone());
        let (yes, no) = self.split(outer, condition);

        self.mask = Some(yes);
        let yes_value = self.block(flow.body.statements(), tail)?;
        let yes_scope = std::mem::replace(&mut self.scope, before);
        let yes_mask = self.mask.replace(no);
        let yes_dead = std::mem::take(&mut self.dead);

        let no_value = self.block(flow.branch.statements(), tail)?;
        match (yes_dead, self.dead) {
            (true, _) => Ok(no_value),
            (false, true) => {
                (self.scope, self.mask, self.dead) = (yes_scope, yes_mask, false);
                Ok(yes_value)
            }
            (false, false) => {
                for (variable, yes) in self.scope.iter_mut().zip(&yes_scope) {
                    if variable.constant != yes.constant {
                        variable.value = Value::Mixed;
                    } else if variable.value != yes.value {
                        variable.value =
                            Value::select(&mut self.builder, condition, &yes.value, &variable.value);
                    }
                }
                self.mask = match (yes_mask, self.mask) {
                    (a, b) if a == Some(yes) && b == Some(no) => outer,
                    (Some(a), Some(b)) => Some(self.builder.two(Op::Or, a, b)),
                    _ => None,
                };
                Ok(Value::select(&mut self.builder, condition, &yes_value, &no_value))
            }
        }
    }

    /// The lanes of `outer` in which `condition` holds, and those in which it does not.
    pub(super) fn split(&mut self, outer: Option<Register>, condition: Register) -> (Register, Register) {
        match outer {
            None => (condition, self.builder.one(Op::Not, condition)),
            Some(outer) => {
                (self.builder.two(Op::And, outer, condition), self.builder.two(Op::AndNot, outer, condition))
            }
        }
    }

    /// Returns from the running function with `value`, in all lanes that get here.
    fn leave(&mut self, value: Value, position: Position) -> Result<(), Unfit> {
        let value = match &self.frame.answer {
            Some(answer) => answer.read(&mut self.builder, value, position)?,
            None => value,
        };
        let earlier = self.frame.result.take();
        self.frame.result = Some(match (earlier, self.mask) {
            (Some(earlier), Some(mask)) => Value::select(&mut self.builder, mask, &value, &earlier),
            _ => value,
        });
        self.dead = true;
        Ok(())
    }

    /// Calls a function of the script: its body takes the place of the call.
    pub(super) fn inline(
        &mut self,
        function: &Function,
        args: Vec<Value>,
        position: Position,
    ) -> Result<Value, Unfit> {
        if self.depth == MAX_DEPTH {
            return Err(Unfit::new(
                "functions that call each other so deeply are not compiled, nor is recursion",
                position,
            ));
        }
        let params = function.params.iter().zip(args).map(|(name, value)| Variable {
            name: name.as_str().into(),
            constant: false,
            value,
        });
        let scope = std::mem::replace(&mut self.scope, params.collect());
        let frame = std::mem::replace(&mut self.frame, Frame { result: None, answer: None });
        let mask = self.mask;
        self.depth += 1;
        self.block(&function.body, true)?;
        self.depth -= 1;
        self.dead = false;
        self.mask = mask;
        self.scope = scope;
        let inner = std::mem::replace(&mut self.frame, frame);
        Ok(inner.result.unwrap_or(Value::Unit))
    }
}

impl Answer {
    /// The numbers that the game reads out of what the hook returned, as floats.
    fn read(&self, builder: &mut Builder, value: Value, position: Position) -> Result<Value, Unfit> {
        let position = if position.is_none() { self.position } else { position };
        let (count, second) = match self.hook {
            Hook::MovePlayer | Hook::SpawnPoint => (2, None),
            Hook::MoveOrb | Hook::BotThink => (4, None),
            Hook::Strike => (2, Some(self.usual_knockback)),
            Hook::OnKill => (2, Some(0.0)),
        };
        let numbers = match (value, second) {
            (Value::Array(numbers), _) if numbers.len() == count => numbers,
            (Value::Scalar(first), Some(second)) => vec![first, Scalar::float(builder, second)],
            (value, _) => {
                let message = format!("it returns {} here, not {}", value.name(), self.hook.returns());
                return Err(Unfit::new(message, position));
            }
        };
        debug_assert!(numbers.len() <= Program::MAX_RESULTS);
        let floats: Result<Vec<Scalar>, Unfit> = numbers
            .into_iter()
            .map(|number| match number.kind {
                Kind::Float => Ok(number),
                Kind::Int => Ok(Scalar { kind: Kind::Float, at: builder.one(Op::IntToFloat, number.at) }),
                Kind::Bool => Err(Unfit::new("it returns a bool where a number is wanted", position)),
            })
            .collect();
        floats.map(Value::Array)
    }
}

/// The syntax tree is not as it should be.
pub(super) fn unforeseen(position: Position) -> Unfit {
    Unfit::new("this is not compiled", position)
}
