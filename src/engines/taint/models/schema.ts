import * as z from 'zod';
import { defects } from './defects';
import { origins } from './origins';

/**
 * The schema of a model file, src/rules/taint/<language>/<library>.yml. Functions, properties and types are named by the path by which they
 * are reached from an import or a global: `child_process.exec`, `express().get`. `()` stands for the result of a call (or `new`), and for
 * an instance of a class: `express.Request()` is a value of the type `express.Request`; `x[]` for the items that a loop takes out of `x`.
 * `*.name` is a method or property of any object that no library's model describes. An argument is a number, with the path into it: `0`,
 * `1.shell`, `2.headers.host`; `1..` all from the second on; `this` the receiver; `*` all; `name:key` a named argument.
 */
const names = z
  .union([z.string(), z.array(z.string()).min(1)])
  .transform((one) => (typeof one === 'string' ? [one] : one));
const place = z.union([
  z.number().int().nonnegative().transform(String),
  z.string().regex(/^(?:\*|this|name:\w+|\d+(?:\.\.)?)(?:\.(?:[\w$-]+|\*))*$/),
]);
const places = z.union([place, z.array(place).min(1)]).transform((one) => (typeof one === 'string' ? [one] : one));
const defect = z.enum(defects);
const someDefects = z
  .union([z.literal('all'), defect, z.array(defect).min(1)])
  .transform((one) => (one === 'all' ? defects : typeof one === 'string' ? [one] : one));

const cleaned = z.enum([...defects, 'sql quotes', 'absolute path']);
const someCleaned = z
  .union([z.literal('all'), cleaned, z.array(cleaned).min(1)])
  .transform((one) => (one === 'all' ? defects : typeof one === 'string' ? [one] : one));

const origin = z.enum(origins);

/** A condition on a call's arguments. `is` lists constants; `matches` is a regular expression for a constant string; `given: false` if it is absent. */
const condition = z.strictObject({
  arg: place,
  is: z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
  matches: z.string().optional(),
  given: z.boolean().optional(),
  /** Whether it is met if the argument is unknown. By default it is not. */
  unknown: z.boolean().default(false),
});
const conditions = z.array(condition).min(1).optional();

/** A property, a call's result (its name ends in `()`), or a callback's parameter that contains untrusted data. */
const source = z.strictObject({
  name: names,
  origin,
  /** What the user reads: "the query string". */
  title: z.string(),
  /** What it cannot cause, such as `nosql` where it is always a string. */
  never: someDefects.optional(),
  /** Whether it is an object with all data of a kind (`req.query`), rather than a text itself. */
  whole: z.boolean().default(false),
  /** The parameter of the callback that receives it: `1.0` is the first one of the second argument. */
  callback: z
    .string()
    .regex(/^\d+\.\d+$/)
    .optional(),
});

const sink = z.strictObject({
  name: names,
  defect,
  args: places,
  /** Whether fields of an object count, not only strings made from it. */
  deep: z.boolean().default(false),
  /** Whether it reveals little and changes nothing, such as whether a file exists: the confidence is low. */
  weak: z.boolean().default(false),
  when: conditions,
  /** Only from these origins. */
  from: z.array(origin).min(1).optional(),
});

/** Assigning to a property. */
const assignment = z.strictObject({
  name: names,
  defect,
  deep: z.boolean().default(false),
  /** Whether it also counts if data determines which field is set. */
  keys: z.boolean().default(false),
  from: z.array(origin).min(1).optional(),
});

/** A call that returns its `args` without what it `cleans`; with `all`, nothing remains, as for a number or a yes/no answer. */
const sanitizer = z.strictObject({ name: names, cleans: someCleaned, args: places.default(['0']), when: conditions });

/**
 * A call that proves something about its `args`: when its result is true or false, or when it `returns` at all. `cleans` says for which
 * defects; or they follow from the comparison: it `matches` a regular expression (`by`), `matches start` from its start, `matches whole` as
 * a whole, `contains` a part or an item, has it at a `position` (a number, -1 for none), or `starts` with it.
 */
const guard = z.strictObject({
  name: names,
  cleans: someCleaned.optional(),
  args: places.default(['0']),
  proves: z
    .enum(['true', 'false', 'returns', 'matches', 'matches start', 'matches whole', 'contains', 'position', 'starts'])
    .default('true'),
  by: place.optional(),
  when: conditions,
});

/**
 * A call that passes data on. `from` and `to`: an argument, `this`, `result`, `callback:<argument>.<parameter>`, `return:<argument>` (a
 * callback's result), or `called:<argument>.<parameter>` (what a callback passes to a parameter that it calls). `.*` stands for any item of
 * a list.
 */
const flowPlace = z.union([
  z.number().int().nonnegative().transform(String),
  z
    .string()
    .regex(/^(?:\*|this|result|name:\w+|\d+(?:\.\.)?|(?:callback|called):\d+\.\d+|return:\d+)(?:\.(?:[\w$-]+|\*))*$/),
]);
const propagator = z.strictObject({
  name: names,
  from: z.union([flowPlace, z.array(flowPlace).min(1)]).transform((one) => (typeof one === 'string' ? [one] : one)),
  to: flowPlace.default('result'),
  /**
   * How the result is formed: one `text` of all, a `path` in which `..` is resolved, what `replace` (of one, or of all) leaves of the
   * first, what is `parsed` from it, `data` of which only parts are texts; or `fill`: all fields of `to` are set.
   */
  as: z.enum(['text', 'path', 'replace', 'replace all', 'parsed', 'data', 'fill']).optional(),
  when: conditions,
});

/**
 * A method of a list or map, and its effect: `append` the first argument, `insert` the second one at the index of the first, `extend` with
 * the items of the first, `pop` the item at the first (or the last), `remove` it, `clear`, `reverse`; `get` the item of the first argument
 * (or else the second), `set` the second at the first; `set two` the third at the first two, `get two` likewise; the list of `items`
 * (pairs), `values` or `keys`; `enumerate` and `zip` create pairs; `concat` joins lists, or texts.
 */
const collection = z.strictObject({
  name: names,
  does: z.enum([
    'append',
    'insert',
    'extend',
    'pop',
    'remove',
    'clear',
    'reverse',
    'get',
    'set',
    'set two',
    'get two',
    'items',
    'values',
    'enumerate',
    'zip',
    'concat',
    'update',
    'new',
  ]),
});

/** A call that is a defect by itself: with these arguments, or while a request is answered. */
const misuse = z.strictObject({ name: names, defect, when: conditions, answering: z.boolean().default(false) });

/** A property that, when compared with a trusted value, proves something about its object: a URL's host. */
const check = z.strictObject({ name: names, cleans: someDefects });

/** What a call returns, as a type; `self` for a builder's methods that return the builder. */
const type = z.strictObject({ name: names, returns: z.string() });

/** Functions that a framework calls: `args` of a registration, and the types of their parameters. `null`: not known. */
const entry = z.strictObject({
  name: names,
  args: places,
  params: z.array(z.string().nullable()),
  when: conditions,
  /** Whether it only looks like a registration, which lowers the confidence. */
  guess: z.boolean().default(false),
  /** Where the data comes from that the framework passes to parameters beyond `params`. */
  fills: z.strictObject({ origin, title: z.string() }).optional(),
});

/** Methods that a framework calls because of their base class, and the types of their parameters; `fills`: as for an entry. */
const base = z.strictObject({
  name: names,
  /** A regular expression for their names. */
  methods: z.string(),
  params: z.array(z.string().nullable()).default([]),
  fills: z.strictObject({ origin, title: z.string() }).optional(),
});

/** Methods that a framework calls because of their decorator, and parameters that it fills because of theirs. */
const decorator = z.strictObject({
  name: names,
  params: z.array(z.string().nullable()).optional(),
  origin: origin.optional(),
  title: z.string().optional(),
});

const example = z.strictObject({
  /** What the snippet demonstrates; files of a snippet start with `// file: <path>`. */
  bad: z.string().optional(),
  good: z.string().optional(),
  defect: defect,
});

export const modelFile = z.strictObject({
  /** The name that users know the library by: "Express". */
  library: z.string(),
  /** The versions that this was written for, in its package manager's notation. */
  versions: z.string().default('*'),
  /** The documentation that this was written from. */
  docs: z.array(z.url()).min(1),
  /** Names that need no import, such as `document`. */
  globals: z.array(z.string()).default([]),
  /** Modules that are the same: `fs/promises` for `fs.promises`. */
  aliases: z.record(z.string(), z.string()).default({}),
  sources: z.array(source).default([]),
  sinks: z.array(sink).default([]),
  assignments: z.array(assignment).default([]),
  sanitizers: z.array(sanitizer).default([]),
  guards: z.array(guard).default([]),
  propagators: z.array(propagator).default([]),
  checks: z.array(check).default([]),
  types: z.array(type).default([]),
  entries: z.array(entry).default([]),
  decorators: z.array(decorator).default([]),
  bases: z.array(base).default([]),
  collections: z.array(collection).default([]),
  misuses: z.array(misuse).default([]),
  examples: z.array(example).default([]),
});

export type ModelFile = z.output<typeof modelFile>;
