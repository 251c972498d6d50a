/** Functions that never return. */
export const neverReturns: ReadonlySet<string> = new Set([
  'die',
  'exit',
  'wp_die',
  'wp_send_json',
  'wp_send_json_error',
  'wp_send_json_success',
  'abort',
  'dd',
  'show_error',
  'show_404',
  'trigger_fatal_error',
]);

/** The positions of arguments that are functions, which may be given by name. */
export const callbackAt: ReadonlyMap<string, readonly number[]> = new Map<string, readonly number[]>(
  Object.entries({
    array_map: [0],
    call_user_func: [0],
    call_user_func_array: [0],
    forward_static_call: [0],
    ob_start: [0],
    register_shutdown_function: [0],
    set_error_handler: [0],
    set_exception_handler: [0],
    spl_autoload_register: [0],
    array_filter: [1],
    array_walk: [1],
    array_walk_recursive: [1],
    array_reduce: [1],
    usort: [1],
    uasort: [1],
    uksort: [1],
    preg_replace_callback: [1],
    iterator_apply: [1],
    add_action: [1],
    add_filter: [1],
    add_shortcode: [1],
  }),
);

/** PHP constants that are represented by their names. */
export const fixedConstants =
  /^(?:FILTER|ENT|LIBXML|CURLOPT|CURLPROTO|INPUT|PATHINFO|JSON|E|LOCK|FILE|LDAP|MYSQLI|SQLITE3|PREG|SORT|COUNT|EXTR|XML|PGSQL|OPENSSL|PASSWORD|PHP|STR|ARRAY|LC|DEBUG)_[A-Z0-9_]+$|^(?:OBJECT|SQLITE3_\w+)$/;

/** PHP classes whose constants are identified by their names. */
export const knownClasses: ReadonlySet<string> = new Set([
  'PDO',
  'XMLReader',
  'ZipArchive',
  'SQLite3',
  'GuzzleHttp\\RequestOptions',
]);

/** Members provided by frameworks' base classes, and their types in the models. */
export const memberTypes: Readonly<Record<string, string>> = {
  input: 'FrameworkInput',
  request: 'FrameworkRequest',
  _request: 'FrameworkRequest',
  req: 'FrameworkRequest',
  db: 'FrameworkDatabase',
  connection: 'FrameworkDatabase',
  wpdb: 'wpdb',
  logger: 'Logger',
  smarty: 'Smarty',
  twig: 'Twig',
};

/** Variables that are set elsewhere, recognized by naming convention. */
export const unknownGlobals: Readonly<Record<string, string>> = {
  $wpdb: 'wpdb',
  $request: 'FrameworkRequest',
  $req: 'FrameworkRequest',
  $response: 'Psr7Response',
  $app: 'Slim\\App',
  $logger: 'Logger',
  $smarty: 'Smarty',
  $twig: 'Twig',
  $client: 'Guzzle',
  $collection: 'MongoDB\\Collection',
};

/** Methods and properties that frameworks have for reading a request. */
const asked =
  /^(?:input|query|post|get|all|cookies?|headers?|json|only|except|request|attributes|getContent|getParams?|getQueryParams?|getParsedBody|getCookieParams|getHeaderLine|getPost|getVar|getBody|get_(?:param|params|body|json_params|query_params|body_params|header))$/;
const answered = /^(?:getBody|write|with\w+)$/;

/** A handler that some other file registers: recognized by the names of its parameters, and by how it uses them. */
export function entryShape(
  uses: readonly ReadonlySet<string>[],
  names: readonly (string | undefined)[],
): readonly (string | undefined)[] | undefined {
  const types = names.map((name, index) => {
    const members = [...(uses[index] ?? [])];
    if (/^\$(?:(?:server|http)?_?request|req)$/i.test(name ?? ''))
      return members.some((one) => asked.test(one)) ? 'FrameworkRequest()' : undefined;
    if (name === '$response' || name === '$res')
      return members.some((one) => answered.test(one)) ? 'Psr7Response()' : undefined;
    return undefined;
  });
  return types.includes('FrameworkRequest()') ? types : undefined;
}
