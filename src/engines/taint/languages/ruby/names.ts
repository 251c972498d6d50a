/** Methods of Kernel, which every object has: a call without a receiver means these unless the file declares others. */
export const kernel: ReadonlySet<string> = new Set([
  'system',
  'exec',
  'spawn',
  'fork',
  'eval',
  'open',
  'puts',
  'print',
  'printf',
  'putc',
  'p',
  'pp',
  'format',
  'sprintf',
  'require',
  'require_relative',
  'load',
  'autoload',
  'rand',
  'srand',
  'sleep',
  'Integer',
  'Float',
  'String',
  'Array',
  'Hash',
  'Rational',
  'Complex',
  'gets',
  'readline',
  'readlines',
  'exit',
  'abort',
  'exit!',
  'catch',
  'caller',
  'binding',
  'warn',
  'syscall',
  'trap',
  'raise',
  'fail',
  'loop',
  'at_exit',
  'throw',
  'Nokogiri',
  'URI',
  'JSON',
  'Pathname',
  'BigDecimal',
  'instance_eval',
  'class_eval',
  'module_eval',
]);

/** Calls that leave the method or the program. */
export const neverReturns: ReadonlySet<string> = new Set([
  'raise',
  'fail',
  'exit',
  'exit!',
  'abort',
  'halt',
  'throw',
  'error!',
  'not_found!',
]);

/** Methods without arguments that return something else each time, or that have an effect. */
export const changing =
  /^(?:gets|getc|read\w*|next\w*|pop|shift|take|sample|rand|recv\w*|accept|save|call|run|perform|execute|fetch|clear|reload|destroy|delete|close|flush|rewind|each\w*|new|create|build|dup|clone)$|[?!]$/;

/** Active Record methods that take a condition: as a text, or as a list of a text and its values. */
export const conditions =
  /^(?:where|having|find_by_sql|conditions|exists\?|find_by|rewhere|not|sanitize_sql\w*|order|select_all|joins)$/;

/** Calls in a class body that set a method's visibility, with its definition as an argument. */
export const modifiers =
  /^(?:private|public|protected|module_function|memoize|private_class_method|public_class_method|helper_method|ruby2_keywords|override|final)$/;

/** Sinatra's methods, which are called without a receiver in its files. */
export const sinatraMethods =
  /^(?:params|request|response|env|session|cookies|headers|body|status|content_type|erb|erubi|haml|slim|liquid|markdown|builder|nokogiri|redirect|halt|pass|send_file|stream|logger|settings|h|escape_html|html_escape|json|url|to|uri|flash|get|post|put|delete|patch|options|link|before|after|helpers|configure|set|register|namespace|not_found|error|etag|expires|cache_control|respond|attachment|raw|render|redirect_to)$/;

/** Methods that answer a request. */
export const answers = /^(?:head|redirect_\w+|render|send_file|send_data|respond_\w+|redirect|halt)$/;
