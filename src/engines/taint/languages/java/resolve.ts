import { posix } from 'node:path';

/**
 * The specifier of a type: its name (with its package, if it is imported by name), and the full names that it may have in the workspace,
 * since a simple name may come from the file's own package or from any wildcard import.
 */
export function candidates(name: string, paths: readonly string[]): string {
  return [name, ...paths].join(' ');
}

/** The workspace file of a type, below the source root of the importing file, or of a neighboring Maven or Gradle module. */
export function resolve(from: string, specifier: string, has: (path: string) => boolean): string | undefined {
  const [, ...paths] = specifier.split(' ');
  for (const path of paths) {
    if (platform.test(path)) continue;
    const file = `${path.replaceAll('.', '/')}.java`;
    const outer = /^(.*\.[A-Z]\w*)\.[A-Z]\w*$/.exec(path)?.[1];
    const names = outer === undefined ? [file] : [file, `${outer.replaceAll('.', '/')}.java`];
    for (let folder = posix.dirname(from); ; folder = posix.dirname(folder)) {
      for (const name of names) {
        const found = posix.join(folder, name);
        if (has(found)) return found;
        // Tests and generated code use the types of the main sources.
        const main = /(?:^|\/)src$/.test(folder) ? posix.join(folder, 'main/java', name) : undefined;
        if (main !== undefined && has(main)) return main;
      }
      if (folder === '.' || folder === '/') break;
    }
  }
  return undefined;
}

const platform =
  /^(?:java|javax|jakarta|sun|com\.sun|org\.springframework|org\.apache|org\.hibernate|org\.slf4j|com\.google|com\.fasterxml|org\.junit|org\.w3c|org\.xml|lombok|kotlin|scala|groovy)\./;

/** Organizations whose packages the models describe. Types of others only have their full name, so that models do not mistake them for others. */
const known =
  /^(?:java|javax|jakarta|sun|jdk|com\.sun|org\.(?:springframework|apache|hibernate|slf4j|owasp\.(?:esapi|encoder|html)|w3c|xml|jsoup|dom4j|jdom2?|yaml|mybatis|mvel2|springframework|thymeleaf|jboss|glassfish|eclipse|jooq|jdbi|codehaus|quartz|json|msgpack|zeroturnaround|stringtemplate|keycloak|bson|elasticsearch|opensearch|neo4j|springdoc|asynchttpclient|htmlparser|joda|ini4j|tukaani|snakeyaml|simpleframework|pebble|jetbrains|antlr|testng|junit|mockito|unbescape)|com\.(?:google|fasterxml|mongodb|amazonaws|azure|thoughtworks|alibaba|esotericsoftware|caucho|mashape|opensymphony|datastax|rabbitmq|hazelcast|jcraft|github|squareup|hubspot|mitchellbosecke|lambdaworks|zaxxer|auth0|nimbusds|baomidou|unboundid|mysql|ctc|jayway|samskivert|querydsl|mchange|vaadin|opencsv|univocity|microsoft|oracle|ibm|netflix|twitter|typesafe|lihaoyi)|io\.(?:javalin|micronaut|quarkus|vertx|netty|undertow|jsonwebtoken|pebbletemplates|r2dbc|restassured|swagger|reactivex|helidon|minio|lettuce|ktor|grpc|fabric8|dropwizard)|okhttp3|retrofit2?|freemarker|groovy|net\.(?:lingala|sf|sourceforge|minidev|bytebuddy)|redis|lombok|ognl|bsh|play|spark|reactor|kong|feign|gg|nu|kotlin|hudson|jenkins|cn\.hutool|android|androidx|de\.)(?:\.|$)/;

/** The name that models use: the type's simple name. */
export function libraryName(specifier: string): string {
  const [name = ''] = specifier.split(' ');
  if (!name.includes('.')) return name;
  const start = name.search(/(?<=\.)[A-Z]/);
  if (!known.test(name)) return name;
  return start < 0 ? name.slice(name.lastIndexOf('.') + 1) : name.slice(start);
}
