//! Expressions of a function: constants, variables, operators and calls.

use super::Unfit;
use super::builder::Register;
use super::lower::{Lowering, unforeseen};
use super::program::Op;
use super::values::{Kind, MAX_ARRAY, Scalar, Value};
use super::{builtins, operators};
use rhai::{Expr, FnCallExpr, OpAssignment, Position, Token};

impl Lowering<'_> {
    /// The value of an expression in the lanes that get here.
    pub(super) fn expression(&mut self, expr: &Expr) -> Result<Value, Unfit> {
        let position = expr.position();
        self.visit(position)?;
        let value = match expr {
            Expr::BoolConstant(value, _) => Value::Scalar(Scalar::bool(&mut self.builder, *value)),
            Expr::IntegerConstant(value, _) => Value::Scalar(Scalar::int(&mut self.builder, *value)),
            Expr::FloatConstant(value, _) => Value::Scalar(Scalar::float(&mut self.builder, **value)),
            Expr::DynamicConstant(value, _) => Value::constant(&mut self.builder, value)
                .ok_or_else(|| Unfit::new("this constant is not compiled", position))?,
            Expr::Unit(_) => Value::Unit,
            Expr::Variable(..) => self.read(expr)?,
            Expr::Array(items, _) => {
                if items.len() > MAX_ARRAY {
                    return Err(Unfit::new("long arrays are not compiled", position));
                }
                let scalars: Result<Vec<Scalar>, Unfit> =
                    items.iter().map(|item| self.scalar(item)).collect();
                Value::Array(scalars?)
            }
            Expr::FnCall(call, position) => self.call(call, *position)?,
            Expr::And(parts, _) => self.chain(parts, true)?,
            Expr::Or(parts, _) => self.chain(parts, false)?,
            Expr::Stmt(block) => self.block(block.statements(), false)?,
            Expr::Index(..) => return Err(Unfit::new("`[index]` is not compiled", position)),
            Expr::Dot(..) | Expr::MethodCall(..) | Expr::Property(..) => {
                return Err(Unfit::new("properties and methods are not compiled", position));
            }
            Expr::StringConstant(..) | Expr::InterpolatedString(..) | Expr::CharConstant(..) => {
                return Err(Unfit::new("strings are not compiled", position));
            }
            Expr::Map(..) => return Err(Unfit::new("maps are not compiled", position)),
            _ => return Err(unforeseen(position)),
        };
        if self.dead {
            return Err(Unfit::new("`return` in the middle of an expression is not compiled", position));
        }
        Ok(value)
    }

    fn scalar(&mut self, expr: &Expr) -> Result<Scalar, Unfit> {
        let value = self.expression(expr)?;
        scalar(value, expr.position())
    }

    /// A condition: it must be a bool.
    pub(super) fn truth(&mut self, expr: &Expr) -> Result<Register, Unfit> {
        let value = self.scalar(expr)?;
        match value.kind {
            Kind::Bool => Ok(value.at),
            kind => {
                let message = format!("{} is no condition", kind.name());
                Err(Unfit::new(message, expr.position()))
            }
        }
    }

    /// Where in the scope a variable is; `None` for one that the syntax tree knows by name only.
    fn slot(&self, expr: &Expr) -> Result<Option<usize>, Unfit> {
        let Expr::Variable(names, short, position) = expr else { return Err(unforeseen(expr.position())) };
        let back = short.map(|back| usize::from(back.get())).or(names.0.map(|back| back.get()));
        let Some(back) = back else { return Ok(None) };
        let slot = self.scope.len().checked_sub(back).filter(|slot| self.scope[*slot].name == names.1);
        slot.map(Some).ok_or_else(|| unforeseen(*position))
    }

    fn read(&mut self, expr: &Expr) -> Result<Value, Unfit> {
        let Expr::Variable(names, _, position) = expr else { return Err(unforeseen(expr.position())) };
        let name = names.1.as_str();
        let value = match self.slot(expr)? {
            Some(slot) => Some(self.scope[slot].value.clone()),
            None => self.constants.get(name).and_then(|value| Value::constant(&mut self.builder, value)),
        };
        match value {
            Some(Value::Mixed) => {
                Err(Unfit::new(format!("the type of `{name}` depends on the way taken"), *position))
            }
            Some(value) => Ok(value),
            None => Err(Unfit::new(format!("`{name}` is no number"), *position)),
        }
    }

    /// `lhs = rhs` and `lhs op= rhs`.
    pub(super) fn assign(&mut self, operator: &OpAssignment, lhs: &Expr, rhs: &Expr) -> Result<(), Unfit> {
        if !matches!(lhs, Expr::Variable(..)) {
            return Err(Unfit::new("only variables can be assigned to in compiled code", lhs.position()));
        }
        let mut value = self.expression(rhs)?;
        let slot = self.slot(lhs)?.filter(|slot| !self.scope[*slot].constant);
        let slot = slot.ok_or_else(|| unforeseen(lhs.position()))?;
        if let Some((.., token, _)) = operator.get_op_assignment_info() {
            let position = operator.position();
            if !matches!(token, Token::Plus | Token::Minus | Token::Multiply | Token::Divide | Token::Modulo)
            {
                return Err(Unfit::new("this operator is not compiled", position));
            }
            let (left, right) = (scalar(self.read(lhs)?, lhs.position())?, scalar(value, rhs.position())?);
            value = Value::Scalar(operators::binary(self, token, left, right, position)?);
        }
        self.scope[slot].value = value;
        Ok(())
    }

    /// `a && b && c`, or `||`: what comes later counts only in the lanes in which it is asked for.
    fn chain(&mut self, parts: &[Expr], all: bool) -> Result<Value, Unfit> {
        let mut so_far: Option<Register> = None;
        for part in parts {
            let Some(known) = so_far else {
                so_far = Some(self.truth(part)?);
                continue;
            };
            let outer = self.mask;
            let (yes, no) = self.split(outer, known);
            let asked = Some(if all { yes } else { no });
            self.mask = asked;
            let before = self.scope.clone();
            let next = self.truth(part)?;
            if self.scope != before || self.mask != asked {
                return Err(Unfit::new(
                    "a condition that changes something is not compiled",
                    part.position(),
                ));
            }
            self.mask = outer;
            so_far = Some(self.builder.two(if all { Op::And } else { Op::Or }, known, next));
        }
        let at = so_far.ok_or_else(|| unforeseen(Position::NONE))?;
        Ok(Value::Scalar(Scalar { kind: Kind::Bool, at }))
    }

    /// An operator, a function of the script or one of the game.
    pub(super) fn call(&mut self, call: &FnCallExpr, position: Position) -> Result<Value, Unfit> {
        if let Some(token) = &call.op_token {
            let operands: Result<Vec<Scalar>, Unfit> =
                call.args.iter().map(|operand| self.scalar(operand)).collect();
            return match operands?[..] {
                [operand] => operators::unary(self, token, operand, position),
                [left, right] => operators::binary(self, token, left, right, position),
                _ => Err(unforeseen(position)),
            }
            .map(Value::Scalar);
        }
        if call.capture_parent_scope {
            return Err(unforeseen(position));
        }
        let args = self.arguments(&call.args)?;
        let functions = self.functions;
        let own = functions
            .iter()
            .find(|function| function.name == call.name.as_str() && function.params.len() == args.len());
        if let Some(function) = own {
            return self.inline(function, args, position);
        }
        let args: Result<Vec<Scalar>, Unfit> =
            args.into_iter().map(|value| scalar(value, position)).collect();
        builtins::call(&mut self.builder, &call.name, &args?, position).map(Value::Scalar)
    }

    /// Arguments in the order of the interpreter: a variable in the first place is read after all others.
    fn arguments(&mut self, exprs: &[Expr]) -> Result<Vec<Value>, Unfit> {
        let Some((first @ Expr::Variable(..), rest)) = exprs.split_first() else {
            return exprs.iter().map(|expr| self.expression(expr)).collect();
        };
        let rest: Result<Vec<Value>, Unfit> = rest.iter().map(|expr| self.expression(expr)).collect();
        let mut values = vec![self.expression(first)?];
        values.extend(rest?);
        Ok(values)
    }
}

fn scalar(value: Value, position: Position) -> Result<Scalar, Unfit> {
    match value {
        Value::Scalar(scalar) => Ok(scalar),
        value => Err(Unfit::new(format!("a number is wanted, not {}", value.name()), position)),
    }
}
