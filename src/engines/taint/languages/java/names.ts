export const builders = /^(?:StringBuilder|StringBuffer)$/;

export const maps =
  /^(?:Map|HashMap|LinkedHashMap|TreeMap|ConcurrentMap|ConcurrentHashMap|Hashtable|SortedMap|NavigableMap|EnumMap|WeakHashMap)$/;

export const lists = /^(?:List|ArrayList|LinkedList|Vector|CopyOnWriteArrayList)$/;

export const collections =
  /^(?:ArrayList|LinkedList|Vector|CopyOnWriteArrayList|HashSet|LinkedHashSet|TreeSet|ArrayDeque|PriorityQueue|Stack|ConcurrentLinkedQueue|LinkedBlockingQueue)$/;

export const numbers =
  /^(?:byte|short|int|long|float|double|boolean|Byte|Short|Integer|Long|Float|Double|Boolean|BigInteger|BigDecimal|UUID|LocalDate|LocalDateTime|LocalTime|Instant|ZonedDateTime|OffsetDateTime|Date|Duration|Period|AtomicInteger|AtomicLong|OptionalInt|OptionalLong)$/;

/** Types that say nothing about where a value comes from. */
export const uninformative =
  /^(?:String|CharSequence|Object|var|char|Character|void|Serializable|Comparable|T|E|K|V|R|Iterable)$/;

export const wrappers =
  /^(?:Optional|Mono|CompletableFuture|Future|Supplier|Provider|ObjectProvider|Instance|Single|Uni|Callable|AtomicReference|ThreadLocal)$/;
