//! Every function that a script can call without defining it, in words. A test compares this list with what the engine
//! really registers, and another one with `docs/rules.md`.

/// A function of the engine, or a method of its arrays, maps and ranges.
#[derive(Clone, Copy, Debug)]
pub struct Function {
    /// What it is listed under.
    pub group: &'static str,
    /// Its name.
    pub name: &'static str,
    /// How it is called, one form for each number of arguments.
    pub forms: &'static [&'static str],
    /// What it answers.
    pub doc: &'static str,
}

impl Function {
    /// Whether it is called as `value.name(...)`.
    #[must_use]
    pub fn is_method(&self) -> bool {
        self.forms.iter().any(|form| form.split('(').next().is_some_and(|call| call.contains('.')))
    }

    /// Numbers of arguments, the value before the dot included.
    #[must_use]
    pub fn arguments(&self) -> Vec<usize> {
        let receiver = usize::from(self.is_method());
        let count = |form: &str| {
            let inside = form.split_once('(').map_or("", |(_, rest)| rest.trim_end_matches(')'));
            if inside.is_empty() { receiver } else { receiver + inside.split(',').count() }
        };
        self.forms.iter().map(|form| count(form)).collect()
    }
}

/// Functions that the engine has but rules may not call, with the numbers of arguments, the value before the dot included
/// (none stands for all). They take another function, by value or by its name in a string, and what a string names no check
/// can see.
pub(crate) const TAKE_FUNCTIONS: &[(&str, &[usize])] = &[
    ("all", &[]),
    ("dedup", &[2]),
    ("drain", &[2]),
    ("filter", &[]),
    ("find", &[]),
    ("find_map", &[]),
    ("for_each", &[]),
    ("map", &[]),
    ("order", &[2]),
    ("order_by", &[]),
    ("reduce", &[]),
    ("reduce_rev", &[]),
    ("retain", &[2]),
    ("some", &[]),
    ("sort", &[2]),
    ("sort_by", &[]),
    ("zip", &[]),
];

/// Whether a call would hand a function to another one.
pub(crate) fn takes_function(name: &str, arguments: usize) -> bool {
    TAKE_FUNCTIONS
        .iter()
        .any(|(known, counts)| *known == name && (counts.is_empty() || counts.contains(&arguments)))
}

/// All of them, in the order of the documentation.
pub const ALL: &[Function] = &[
    Function {
        group: "Angles and waves",
        name: "sin",
        forms: &["sin(a)"],
        doc: "Sine of an angle in radians.",
    },
    Function {
        group: "Angles and waves",
        name: "cos",
        forms: &["cos(a)"],
        doc: "Cosine of an angle in radians.",
    },
    Function {
        group: "Angles and waves",
        name: "tan",
        forms: &["tan(a)"],
        doc: "Tangent of an angle in radians.",
    },
    Function {
        group: "Angles and waves",
        name: "asin",
        forms: &["asin(x)"],
        doc: "Angle whose sine is x, radians.",
    },
    Function {
        group: "Angles and waves",
        name: "acos",
        forms: &["acos(x)"],
        doc: "Angle whose cosine is x, radians.",
    },
    Function {
        group: "Angles and waves",
        name: "atan",
        forms: &["atan(x)"],
        doc: "Angle whose tangent is x, radians.",
    },
    Function {
        group: "Angles and waves",
        name: "atan2",
        forms: &["atan2(y, x)"],
        doc: "Angle of the vector [x, y], radians, from -PI to PI.",
    },
    Function { group: "Angles and waves", name: "sinh", forms: &["sinh(x)"], doc: "Hyperbolic sine." },
    Function { group: "Angles and waves", name: "cosh", forms: &["cosh(x)"], doc: "Hyperbolic cosine." },
    Function {
        group: "Angles and waves",
        name: "tanh",
        forms: &["tanh(x)"],
        doc: "Hyperbolic tangent: from -1 to 1.",
    },
    Function {
        group: "Angles and waves",
        name: "to_radians",
        forms: &["to_radians(d)"],
        doc: "Degrees as radians.",
    },
    Function {
        group: "Angles and waves",
        name: "to_degrees",
        forms: &["to_degrees(a)"],
        doc: "Radians as degrees.",
    },
    Function { group: "Powers and sizes", name: "sqrt", forms: &["sqrt(x)"], doc: "Square root." },
    Function {
        group: "Powers and sizes",
        name: "hypot",
        forms: &["hypot(x, y)"],
        doc: "Length of the vector [x, y].",
    },
    Function {
        group: "Powers and sizes",
        name: "pow",
        forms: &["pow(x, y)"],
        doc: "x to the power of y, always a float.",
    },
    Function { group: "Powers and sizes", name: "exp", forms: &["exp(x)"], doc: "e to the power of x." },
    Function { group: "Powers and sizes", name: "ln", forms: &["ln(x)"], doc: "Natural logarithm." },
    Function {
        group: "Powers and sizes",
        name: "log10",
        forms: &["log10(x)"],
        doc: "Logarithm to the base of 10.",
    },
    Function {
        group: "Powers and sizes",
        name: "abs",
        forms: &["abs(x)"],
        doc: "x without its sign; an int stays an int.",
    },
    Function { group: "Powers and sizes", name: "sign", forms: &["sign(x)"], doc: "-1, 0 or 1." },
    Function {
        group: "Powers and sizes",
        name: "min",
        forms: &["min(a, b)"],
        doc: "The smaller one; two ints stay ints.",
    },
    Function {
        group: "Powers and sizes",
        name: "max",
        forms: &["max(a, b)"],
        doc: "The larger one; two ints stay ints.",
    },
    Function {
        group: "Powers and sizes",
        name: "clamp",
        forms: &["clamp(x, low, high)"],
        doc: "x, but at least low and at most high; three ints stay ints.",
    },
    Function {
        group: "Powers and sizes",
        name: "lerp",
        forms: &["lerp(from, to, share)"],
        doc: "From one number to another: `from` for share 0, `to` for share 1.",
    },
    Function {
        group: "Rounding and conversion",
        name: "floor",
        forms: &["floor(x)"],
        doc: "Largest whole float that is not above x.",
    },
    Function {
        group: "Rounding and conversion",
        name: "ceil",
        forms: &["ceil(x)"],
        doc: "Smallest whole float that is not below x.",
    },
    Function {
        group: "Rounding and conversion",
        name: "round",
        forms: &["round(x)"],
        doc: "Nearest whole float.",
    },
    Function {
        group: "Rounding and conversion",
        name: "trunc",
        forms: &["trunc(x)"],
        doc: "x without its fraction, a float.",
    },
    Function {
        group: "Rounding and conversion",
        name: "to_int",
        forms: &["to_int(x)"],
        doc: "x as an int, without its fraction.",
    },
    Function {
        group: "Rounding and conversion",
        name: "to_float",
        forms: &["to_float(x)"],
        doc: "x as a float.",
    },
    Function {
        group: "Rounding and conversion",
        name: "is_nan",
        forms: &["is_nan(x)"],
        doc: "Whether a float is not a number.",
    },
    Function {
        group: "Rounding and conversion",
        name: "is_finite",
        forms: &["is_finite(x)"],
        doc: "Whether a float is neither endless nor NaN.",
    },
    Function {
        group: "Rounding and conversion",
        name: "is_even",
        forms: &["is_even(n)"],
        doc: "Whether an int can be halved.",
    },
    Function {
        group: "Rounding and conversion",
        name: "is_odd",
        forms: &["is_odd(n)"],
        doc: "Whether an int cannot be halved.",
    },
    Function {
        group: "Rounding and conversion",
        name: "is_zero",
        forms: &["is_zero(n)"],
        doc: "Whether a number is 0.",
    },
    Function {
        group: "Arrays",
        name: "len",
        forms: &["list.len()"],
        doc: "Number of elements; also of a map.",
    },
    Function {
        group: "Arrays",
        name: "is_empty",
        forms: &["list.is_empty()"],
        doc: "Whether there are no elements; also of a map or a range.",
    },
    Function {
        group: "Arrays",
        name: "contains",
        forms: &["list.contains(value)"],
        doc: "Whether an element, a key of a map or a number of a range is there.",
    },
    Function {
        group: "Arrays",
        name: "get",
        forms: &["list.get(index)"],
        doc: "The element at an index, or nothing; of a map by key.",
    },
    Function {
        group: "Arrays",
        name: "set",
        forms: &["list.set(index, value)"],
        doc: "Replaces the element at an index; of a map by key.",
    },
    Function {
        group: "Arrays",
        name: "push",
        forms: &["list.push(value)"],
        doc: "Adds an element at the end.",
    },
    Function {
        group: "Arrays",
        name: "pop",
        forms: &["list.pop()"],
        doc: "Takes the last element away and returns it.",
    },
    Function {
        group: "Arrays",
        name: "shift",
        forms: &["list.shift()"],
        doc: "Takes the first element away and returns it.",
    },
    Function {
        group: "Arrays",
        name: "insert",
        forms: &["list.insert(index, value)"],
        doc: "Puts an element in before an index.",
    },
    Function {
        group: "Arrays",
        name: "remove",
        forms: &["list.remove(index)"],
        doc: "Takes an element away and returns it; of a map by key.",
    },
    Function {
        group: "Arrays",
        name: "append",
        forms: &["list.append(other)"],
        doc: "Adds all elements of another array at the end.",
    },
    Function {
        group: "Arrays",
        name: "pad",
        forms: &["list.pad(len, value)"],
        doc: "Makes the array at least this long.",
    },
    Function {
        group: "Arrays",
        name: "truncate",
        forms: &["list.truncate(len)"],
        doc: "Keeps this many elements at the beginning.",
    },
    Function {
        group: "Arrays",
        name: "chop",
        forms: &["list.chop(len)"],
        doc: "Keeps this many elements at the end.",
    },
    Function {
        group: "Arrays",
        name: "clear",
        forms: &["list.clear()"],
        doc: "Takes everything away; also of a map.",
    },
    Function { group: "Arrays", name: "reverse", forms: &["list.reverse()"], doc: "Turns the order around." },
    Function { group: "Arrays", name: "sort", forms: &["list.sort()"], doc: "Sorts from small to large." },
    Function {
        group: "Arrays",
        name: "sort_desc",
        forms: &["list.sort_desc()"],
        doc: "Sorts from large to small.",
    },
    Function {
        group: "Arrays",
        name: "order",
        forms: &["list.order()"],
        doc: "A sorted copy, from small to large.",
    },
    Function {
        group: "Arrays",
        name: "order_desc",
        forms: &["list.order_desc()"],
        doc: "A sorted copy, from large to small.",
    },
    Function {
        group: "Arrays",
        name: "dedup",
        forms: &["list.dedup()"],
        doc: "Takes away what equals the element before it.",
    },
    Function {
        group: "Arrays",
        name: "index_of",
        forms: &["list.index_of(value)", "list.index_of(value, start)"],
        doc: "Index of a value, or -1.",
    },
    Function {
        group: "Arrays",
        name: "extract",
        forms: &["list.extract(start)", "list.extract(start, len)"],
        doc: "A copy of a part.",
    },
    Function {
        group: "Arrays",
        name: "splice",
        forms: &["list.splice(range, other)", "list.splice(start, len, other)"],
        doc: "Replaces a part by another array.",
    },
    Function {
        group: "Arrays",
        name: "split",
        forms: &["list.split(index)"],
        doc: "Takes everything from an index on away and returns it.",
    },
    Function {
        group: "Arrays",
        name: "drain",
        forms: &["list.drain(start, len)"],
        doc: "Takes a part away and returns it.",
    },
    Function {
        group: "Arrays",
        name: "retain",
        forms: &["list.retain(start, len)"],
        doc: "Keeps a part and returns the rest.",
    },
    Function { group: "Maps", name: "keys", forms: &["map.keys()"], doc: "All keys, as an array." },
    Function { group: "Maps", name: "values", forms: &["map.values()"], doc: "All values, as an array." },
    Function {
        group: "Maps",
        name: "mixin",
        forms: &["map.mixin(other)"],
        doc: "Takes over all entries of another map.",
    },
    Function {
        group: "Maps",
        name: "fill_with",
        forms: &["map.fill_with(other)"],
        doc: "Takes over the entries of another map that are missing.",
    },
    Function {
        group: "Maps",
        name: "to_json",
        forms: &["map.to_json()"],
        doc: "The map as a text; of little use, as rules cannot show texts.",
    },
    Function {
        group: "Ranges, bits and texts",
        name: "range",
        forms: &["range(from, to)", "range(from, to, step)"],
        doc: "Numbers to loop over, `to` left out.",
    },
    Function {
        group: "Ranges, bits and texts",
        name: "start",
        forms: &["range.start()"],
        doc: "First number of a range.",
    },
    Function {
        group: "Ranges, bits and texts",
        name: "end",
        forms: &["range.end()"],
        doc: "Last number of a range, or the one after it.",
    },
    Function {
        group: "Ranges, bits and texts",
        name: "is_inclusive",
        forms: &["range.is_inclusive()"],
        doc: "Whether the last number belongs to the range (`0..=5`).",
    },
    Function {
        group: "Ranges, bits and texts",
        name: "is_exclusive",
        forms: &["range.is_exclusive()"],
        doc: "Whether the last number does not belong to the range (`0..5`).",
    },
    Function {
        group: "Ranges, bits and texts",
        name: "bits",
        forms: &["int.bits()", "int.bits(start)", "int.bits(start, len)"],
        doc: "The bits of an int, to loop over.",
    },
    Function {
        group: "Ranges, bits and texts",
        name: "chars",
        forms: &["text.chars()", "text.chars(start)", "text.chars(start, len)"],
        doc: "The characters of a text, to loop over.",
    },
    Function {
        group: "Ranges, bits and texts",
        name: "print",
        forms: &["print(value)"],
        doc: "Does nothing: rules have no output.",
    },
    Function {
        group: "Ranges, bits and texts",
        name: "debug",
        forms: &["debug(value)"],
        doc: "Does nothing: rules have no output.",
    },
    Function {
        group: "Ranges, bits and texts",
        name: "type_of",
        forms: &["type_of(value)"],
        doc: "Name of the type: \"i32\", \"f32\", \"bool\", \"array\", ...",
    },
];
