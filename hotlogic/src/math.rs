//! Mathematics for scripts, bit-identical on every machine.
//!
//! Everything transcendental comes from `libm`, as the functions of the machine differ in the last bit between native
//! code and wasm. Each function takes ints as well as floats.

use rhai::Engine;

type Number1 = fn(f32) -> f32;
type Number2 = fn(f32, f32) -> f32;
type Number3 = fn(f32, f32, f32) -> f32;

/// Names that a script can use without defining them, and not for functions of its own.
pub(crate) const RESERVED: &[&str] = &[
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "sinh",
    "cosh",
    "tanh",
    "exp",
    "ln",
    "log10",
    "sqrt",
    "floor",
    "ceil",
    "round",
    "trunc",
    "to_radians",
    "to_degrees",
    "to_float",
    "to_int",
    "atan2",
    "hypot",
    "pow",
    "lerp",
    "abs",
    "sign",
    "min",
    "max",
    "clamp",
    "is_nan",
    "is_finite",
];

/// Functions of one number by name.
pub(crate) const ONE: &[(&str, Number1)] = &[
    ("sin", libm::sinf),
    ("cos", libm::cosf),
    ("tan", libm::tanf),
    ("asin", libm::asinf),
    ("acos", libm::acosf),
    ("atan", libm::atanf),
    ("sinh", libm::sinhf),
    ("cosh", libm::coshf),
    ("tanh", libm::tanhf),
    ("exp", libm::expf),
    ("ln", libm::logf),
    ("log10", libm::log10f),
    // Exact by IEEE 754, so the machine's own are the same everywhere.
    ("sqrt", f32::sqrt),
    ("floor", f32::floor),
    ("ceil", f32::ceil),
    ("round", f32::round),
    ("trunc", f32::trunc),
    ("to_radians", |degrees| degrees * (std::f32::consts::PI / 180.0)),
    ("to_degrees", |radians| radians * (180.0 / std::f32::consts::PI)),
    ("to_float", |x| x),
];

/// Functions of two numbers by name.
pub(crate) const TWO: &[(&str, Number2)] =
    &[("atan2", libm::atan2f), ("hypot", libm::hypotf), ("pow", libm::powf)];

/// Adds all functions; later registrations win over those of the packages.
pub(crate) fn register(engine: &mut Engine) {
    for &(name, f) in ONE {
        engine.register_fn(name, f);
        engine.register_fn(name, move |x: i32| f(x as f32));
    }
    for &(name, f) in TWO {
        engine.register_fn(name, f);
        engine.register_fn(name, move |x: i32, y: f32| f(x as f32, y));
        engine.register_fn(name, move |x: f32, y: i32| f(x, y as f32));
        engine.register_fn(name, move |x: i32, y: i32| f(x as f32, y as f32));
    }
    register_three(engine, "lerp", lerp);
    register_three(engine, "clamp", clamp);
    engine.register_fn("clamp", clamp_int);

    engine.register_fn("abs", f32::abs);
    engine.register_fn("abs", i32::saturating_abs);
    engine.register_fn("sign", sign);
    engine.register_fn("sign", i32::signum);
    register_pair(engine, "min", smaller, i32::min);
    register_pair(engine, "max", larger, i32::max);
    engine.register_fn("to_int", |x: f32| x as i32);
    engine.register_fn("to_int", |x: i32| x);
    engine.register_fn("is_nan", f32::is_nan);
    engine.register_fn("is_finite", f32::is_finite);
}

/// All eight mixtures of ints and floats; the one of three ints may be replaced afterwards.
fn register_three(engine: &mut Engine, name: &str, f: Number3) {
    engine.register_fn(name, f);
    engine.register_fn(name, move |x: i32, y: f32, z: f32| f(x as f32, y, z));
    engine.register_fn(name, move |x: f32, y: i32, z: f32| f(x, y as f32, z));
    engine.register_fn(name, move |x: f32, y: f32, z: i32| f(x, y, z as f32));
    engine.register_fn(name, move |x: i32, y: i32, z: f32| f(x as f32, y as f32, z));
    engine.register_fn(name, move |x: i32, y: f32, z: i32| f(x as f32, y, z as f32));
    engine.register_fn(name, move |x: f32, y: i32, z: i32| f(x, y as f32, z as f32));
    engine.register_fn(name, move |x: i32, y: i32, z: i32| f(x as f32, y as f32, z as f32));
}

/// Two ints stay ints, every mixture becomes a float.
fn register_pair(engine: &mut Engine, name: &str, floats: Number2, ints: fn(i32, i32) -> i32) {
    engine.register_fn(name, floats);
    engine.register_fn(name, move |x: i32, y: f32| floats(x as f32, y));
    engine.register_fn(name, move |x: f32, y: i32| floats(x, y as f32));
    engine.register_fn(name, ints);
}

#[inline(always)]
pub(crate) fn lerp(from: f32, to: f32, share: f32) -> f32 {
    from + (to - from) * share
}

/// Unlike `f32::clamp` it does not panic when the bounds are the wrong way round: the lower one wins.
#[inline(always)]
pub(crate) fn clamp(x: f32, low: f32, high: f32) -> f32 {
    larger(smaller(x, high), low)
}

/// The same for ints.
#[inline(always)]
pub(crate) fn clamp_int(x: i32, low: i32, high: i32) -> i32 {
    x.min(high).max(low)
}

/// `f32::min` may answer either zero for 0 and -0; this one is the same everywhere.
#[inline(always)]
pub(crate) fn smaller(x: f32, y: f32) -> f32 {
    if x < y || y.is_nan() { x } else { y }
}

/// The counterpart of [`smaller`].
#[inline(always)]
pub(crate) fn larger(x: f32, y: f32) -> f32 {
    if x > y || y.is_nan() { x } else { y }
}

/// -1, 0 or 1; a script's `vx * sign(dx)` stays 0 for 0.
#[inline(always)]
pub(crate) fn sign(x: f32) -> f32 {
    if x > 0.0 {
        1.0
    } else if x < 0.0 {
        -1.0
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_is_documented_and_its_name_is_reserved() {
        let rules = include_str!("../../docs/rules.md");
        for name in RESERVED {
            assert!(rules.contains(&format!("`{name}(")), "{name} is not in docs/rules.md");
        }
        let tables = ONE.iter().map(|(name, _)| name).chain(TWO.iter().map(|(name, _)| name));
        for name in tables {
            assert!(RESERVED.contains(name), "{name}");
        }
    }

    #[test]
    fn the_smaller_of_two_numbers_does_not_depend_on_the_machine() {
        assert_eq!(smaller(0.0, -0.0).to_bits(), (-0.0_f32).to_bits());
        assert_eq!(larger(-0.0, 0.0).to_bits(), 0.0_f32.to_bits());
        assert_eq!(smaller(f32::NAN, 1.0), 1.0);
        assert_eq!(larger(1.0, f32::NAN), 1.0);
    }
}
