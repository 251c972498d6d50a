/** Methods that read from a request. */
const ofRequest =
  /^(?:params|GET|POST|cookies|headers|env|get_header|query_string|query_parameters|request_parameters|raw_post|body|path|path_info|fullpath|original_url|referer|referrer|user_agent)$/;

/**
 * The parameters of a method that nobody calls in the workspace, for those that applications name after parts of a request, and that are
 * used as such.
 */
export function entryShape(
  uses: readonly ReadonlySet<string>[],
  names: readonly (string | undefined)[],
): readonly (string | undefined)[] | undefined {
  if (names.join() === 'event,context') return ['AWS::Lambda::Event()'];
  const types = names.map((name, index) => {
    const used = [...(uses[index] ?? [])];
    // Library options have a default, and take named arguments.
    if (name === 'params' && used.length > 0 && names[index + 1]?.startsWith('$') !== true)
      return 'ActionController::Parameters()';
    return /^(?:rack_)?req(?:uest)?$/.test(name ?? '') && used.some((one) => ofRequest.test(one))
      ? 'Rack::Request()'
      : undefined;
  });
  return types.some((type) => type !== undefined) ? types : undefined;
}
