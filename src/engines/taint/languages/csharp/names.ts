/** Types of the .NET libraries that lowering has to tell apart, by their simple names. */

export const textBuilder = /^StringBuilder$/;

/** Types that load from a path as well as from a stream. */
export const loaders = /^(?:XDocument|XElement|XmlDocument|Xsl(?:Compiled)?Transform|Xaml(?:Reader|Services)|Image)$/;

export const maps =
  /^(?:I?Dictionary|ConcurrentDictionary|SortedDictionary|SortedList|Hashtable|IReadOnlyDictionary|ReadOnlyDictionary|ImmutableDictionary|FrozenDictionary|OrderedDictionary|NameValueCollection|StringDictionary|IDictionary)$/;

export const collections =
  /^(?:I?List|IEnumerable|ICollection|IReadOnlyList|IReadOnlyCollection|IQueryable|IOrderedEnumerable|I?Set|ISet|HashSet|SortedSet|IReadOnlySet|FrozenSet|Queue|Stack|LinkedList|ConcurrentBag|ConcurrentQueue|ConcurrentStack|BlockingCollection|Collection|ObservableCollection|ReadOnlyCollection|ImmutableList|ImmutableArray|ImmutableHashSet|ArrayList|IAsyncEnumerable|IEnumerator|StringCollection|Array|Span|ReadOnlySpan|Memory|ReadOnlyMemory|ArraySegment|KeyValuePair|Tuple|ValueTuple|IGrouping|ILookup)$/;

/** Types whose values cannot hold text of others. */
export const numbers =
  /^(?:SByte|Byte|Int16|UInt16|Int32|UInt32|Int64|UInt64|Int128|Single|Double|Decimal|Boolean|IntPtr|UIntPtr|BigInteger|Half|Guid|DateTime|DateTimeOffset|DateOnly|TimeOnly|TimeSpan|int|uint|long|ulong|short|ushort|byte|sbyte|bool|double|float|decimal|nint|nuint|CancellationToken|ObjectId|Version|Color|HttpStatusCode|DayOfWeek)$/;

/** Types that say nothing of where a value is from. */
export const plain =
  /^(?:Action|Func|EventHandler|Predicate|String|Object|Char|ValueType|IComparable|IConvertible|IFormattable|dynamic|var|Enum|Delegate)$/;

/** Types of which what is in them counts, where members that take it out keep the name. */
export const wrappers =
  /^(?:Task|ValueTask|Nullable|Lazy|ActionResult|Results|IOptions|IOptionsSnapshot|IOptionsMonitor|AsyncLocal|ThreadLocal|WeakReference|ILazy)$/;

/** Types of frameworks that look like services, but bring data. */
export const framework =
  /^(?:I?Form(?:File|Collection|FileCollection)|HttpContext|HttpRequest\w*|HttpResponse\w*|IFormFile\w*|IBrowserFile|JsonElement|JsonDocument|JObject|IDictionary|IRequestCookieCollection|IHeaderDictionary|IQueryCollection|ClaimsPrincipal|Stream|PipeReader|ControllerContext|HttpContextBase|HttpPostedFileBase|ConsumeContext)$/;

/** Classes that frameworks pass as services, by how everybody names them. */
export const services =
  /(?:Service|Repository|Context|Db|Manager|Client|Factory|Provider|Store|Mediator|Mapper|Logger|Validator|Settings|Options|Dispatcher|Sender|Publisher|Bus|Cache|Handler)$/;

/** Methods of controllers that are called around actions. */
export const filterEndings =
  /^(?:On(?:Action|Result|Authorization|Exception|Authentication)\w*|Dispose\w*|Execute\w*|Initialize)$/;

/** Controls of ASP.NET pages that users fill in. */
export const inputs =
  /^(?:TextBox|HiddenField|DropDownList|ListBox|HtmlInput(?:Text|Hidden|Password)|HtmlTextArea|HtmlSelect)$/;

const controls: Readonly<Record<string, string>> = {
  txt: 'TextBox',
  tb: 'TextBox',
  ddl: 'DropDownList',
  hdn: 'HiddenField',
  hf: 'HiddenField',
  lbl: 'Label',
  lit: 'Literal',
  fu: 'FileUpload',
};

/** The control of an ASP.NET page that has such a name: `txtUser`, or `TextBox1` as the designer calls it. */
export function controlNamed(name: string): string | undefined {
  const [, prefix = ''] = /^(txt|tb|ddl|hdn|hf|lbl|lit|fu)[A-Z_]\w*$/.exec(name) ?? [];
  const [, type] = /^(TextBox|DropDownList|HiddenField|Label|Literal|FileUpload)\d+$/.exec(name) ?? [];
  return controls[prefix] ?? type;
}

/** Members that the base classes of web frameworks provide. */
export const inherited: ReadonlySet<string> = new Set([
  'Request',
  'Response',
  'Server',
  'Session',
  'Context',
  'HttpContext',
  'User',
  'Url',
  'ModelState',
  'ViewBag',
  'ViewData',
  'TempData',
  'Application',
  'Cache',
  'Page',
  'Controls',
  'Database',
  'Html',
  'RouteData',
  'ClientScript',
  'Master',
  'Form',
  'Params',
  'ActionContext',
  'ControllerContext',
  'Trace',
  'Clients',
]);

const system = [
  'IO(?:\\.(?:Compression|Pipes|Packaging|IsolatedStorage))?',
  'Net(?:\\.(?:Http(?:\\.Headers)?|Mail|Sockets|Security|WebSockets|Mime))?',
  'Text(?:\\.(?:RegularExpressions|Json(?:\\.(?:Serialization|Nodes))?|Encodings\\.Web))?',
  'Web(?:\\.(?:UI(?:\\.(?:WebControls|HtmlControls))?|Mvc|Http|Security(?:\\.AntiXss)?|Script\\.(?:Serialization|Services)|Services|Hosting|Configuration|SessionState|Helpers|Caching|Routing))?',
  'Data(?:\\.(?:SqlClient|Common|OleDb|Odbc|Entity|SQLite|OracleClient|Linq|SqlTypes))?',
  'Diagnostics(?:\\.(?:Contracts|Eventing|Tracing))?',
  'Xml(?:\\.(?:XPath|Xsl|Linq|Schema|Serialization))?',
  'Security(?:\\.(?:Cryptography(?:\\.(?:X509Certificates|Xml|Pkcs))?|Principal|Claims|Permissions|AccessControl|Authentication))?',
  'Linq(?:\\.(?:Expressions|Dynamic(?:\\.Core)?))?',
  'Collections(?:\\.(?:Generic|Concurrent|Specialized|ObjectModel|Immutable|Frozen))?',
  'Threading(?:\\.(?:Tasks|Channels))?',
  'Reflection(?:\\.(?:Emit|Metadata))?',
  'Runtime(?:\\.(?:Serialization(?:\\.(?:Formatters(?:\\.(?:Binary|Soap))?|Json))?|InteropServices|CompilerServices|Remoting(?:\\.\\w+)*|Loader))?',
  'Drawing(?:\\.(?:Imaging|Drawing2D|Printing))?',
  'Globalization',
  'DirectoryServices(?:\\.(?:Protocols|AccountManagement|ActiveDirectory))?',
  'Management(?:\\.Automation(?:\\.Runspaces)?)?',
  'CodeDom(?:\\.Compiler)?',
  'Configuration(?:\\.Install)?',
  'ComponentModel(?:\\.(?:DataAnnotations(?:\\.Schema)?|Design|Composition))?',
  'Windows(?:\\.(?:Forms|Controls|Input|Media|Markup|Threading|Data|Documents|Navigation))?',
  'ServiceModel(?:\\.(?:Web|Channels|Description|Syndication|Activation))?',
  'Messaging',
  'Numerics',
  'Buffers(?:\\.Text)?',
  'Resources',
  'Transactions',
  'Timers',
  'ServiceProcess',
  'Activities(?:\\.\\w+)*',
].join('|');

/** A namespace at the beginning of a name, with its dot. */
export const namespaces = new RegExp(
  String.raw`^(?:System\.(?:(?:${system})\.)?|(?:Microsoft|Newtonsoft|MongoDB|Npgsql|MySql|Oracle|Dapper|Serilog|NLog|RestSharp|Ionic|ICSharpCode|SharpCompress|YamlDotNet|Windows|Org|Azure|Amazon|Google)\.(?:[A-Z]\w*\.)*(?=[A-Z]\w*$))`,
);
