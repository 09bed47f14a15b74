//! The functions of a script with their bodies, as the interpreter would run them.

use rhai::{AST, ASTNode, Stmt};

/// A function of the script.
pub(super) struct Function {
    pub(super) name: String,
    pub(super) params: Vec<String>,
    pub(super) body: Vec<Stmt>,
}

/// All functions. `None` if the syntax tree has a shape that was not foreseen.
///
/// The engine shows the bodies only to whoever walks the tree: top level first, then function by function. Which function a
/// statement is part of follows from its position.
pub(super) fn functions(ast: &AST) -> Option<Vec<Function>> {
    let definitions: Vec<_> = ast.iter_fn_def().collect();
    let mut functions: Vec<Function> = definitions
        .iter()
        .map(|definition| Function {
            name: definition.name.to_string(),
            params: definition.params.iter().map(ToString::to_string).collect(),
            body: Vec::new(),
        })
        .collect();
    if definitions.iter().any(|definition| definition.this_type.is_some()) {
        return None;
    }
    let (mut top_level, mut current, mut foreseen) = (ast.statements().len(), 0, true);
    ast.walk(&mut |path: &[ASTNode<'_>]| {
        let [ASTNode::Stmt(statement)] = path else { return true };
        if top_level > 0 {
            top_level -= 1;
            return true;
        }
        let place = statement.position();
        let body = definitions.iter().position(|definition| {
            let body = &definition.body;
            (body.start_position()..=body.end_position()).contains(&place)
        });
        match body {
            Some(index) if !place.is_none() && index >= current => {
                current = index;
                functions[index].body.push((*statement).clone());
            }
            _ => foreseen = false,
        }
        true
    });
    foreseen.then_some(functions)
}
