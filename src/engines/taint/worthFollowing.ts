const web =
  /^[ \t]*(?:from|import)[ \t]+(?:flask|django|rest_framework|fastapi|starlette|bottle|tornado|aiohttp|sanic|pyramid|falcon|werkzeug|webob|cherrypy|quart)/m;
const answersRequests = /\brequest\b|@\w+\.(?:route|get|post)\(/;
const choosesHash = /\bhashlib\.new\(|\bgetattr\(\s*hashlib\b/;

/** Where data from outside may come from: a part of the request, a function that is given the request, a parameter of a route. */
const source = new RegExp(
  [
    // Not what `requestAttribute` knows as the server's own.
    String.raw`\breq(?:uest)?\s*(?:\.\s*(?!(?:method|app|user|scheme|is_secure|remote_addr|site|resolver_match|session)\b)[A-Za-z_]|\[)`,
    // The same under another name.
    String.raw`\.\s*(?:GET|POST|FILES|COOKIES|META|args|form|values|json|data|files|cookies|headers|body|stream|query_params|path_params|query_string|query|params|forms|matchdict|match_info|view_args|get_json|get_data|environ)\b`,
    String.raw`\bgetattr\(|@(?:[\w.]*\.)?(?:route|get|post|put|delete|patch|api_route|websocket|expose|api_view)\b`,
  ].join('|'),
);
const takesRequest =
  /(?:param|arg|header|cookie|query_?string|body|input|wrap|request|reader)\w*\s*\([^()]{0,200}\breq(?:uest)?\b/i;

/** Words of the sinks: see sinks.ts and `Interpreter`. */
const sink = new RegExp(
  [
    String.raw`(?<!\.)\b(?:eval|exec|execfile|compile)\b|\bbuiltins\b`,
    String.raw`\b(?:system|popen[234]?|getoutput|getstatusoutput|create_subprocess_shell|exec[lv]p?e?|subprocess)\b`,
    String.raw`pickle|\b(?:dill|marshal|joblib|yaml|ldap3?)\b`,
    String.raw`(?<!\.)\bopen\b|\b(?:io|codecs|os|gzip|bz2|lzma|aiofiles|tarfile|shelve)\.open\b|Path\b|\b(?:read|write)_(?:text|bytes)\b`,
    String.raw`\bos\.(?:remove|unlink|rmdir|removedirs|listdir|scandir|mkdir|makedirs|rename|replace|chmod|truncate)\b|\bfrom[ \t]+os\b|\bos[ \t]+as\b|\bshutil\b`,
    String.raw`\bstatic_file\b|\bsend_file\b|FileResponse|[rR]edirect|HTTPFound|\bLocation\b`,
    String.raw`\b(?:execute|executemany|executescript|exec_driver_sql|read_sql\w*|raw)\b`,
    String.raw`\b(?:requests|httpx|aiohttp|urllib\w*|treq|grequests|urlopen|urlretrieve)\b`,
    String.raw`[xX][pP]ath|elementpath|\b(?:lxml|xml|defusedxml)\b`,
    String.raw`\b(?:make_response|Markup|mark_safe|\w*Response)\b|@.*\broute\b|@\w+\.(?:get|post|put|delete|patch)\(|\bsession\b`,
  ].join('|'),
);
/** What is a defect without data from outside. */
const bad = /\bhashlib\b|\bCrypto|\brandom\b|\bset_cookie\b/;

/**
 * Whether a file handles requests and does something with them that can do harm, or selects a hash by name. There is nothing to find in others, and
 * following takes a hundred times as long as this check.
 */
export function worthFollowing(text: string): boolean {
  if (choosesHash.test(text)) return true;
  if (!answersRequests.test(text) || !web.test(text)) return false;
  return bad.test(text) || (sink.test(text) && (source.test(text) || takesRequest.test(text)));
}
