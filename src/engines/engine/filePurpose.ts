/** Where the languages' test tools look for tests: mocha, jest, pytest, go test, RSpec, ExUnit, Maven, … */
const inTests =
  /(?:^|\/)(?:(?:[^/]*[._-])?tests?|specs?|__tests__|__mocks__|testdata|e2e|cypress)\/|[._-](?:test|spec)s?\.\w+$|(?:^|\/)(?:test_[^/]*|conftest\.py)$/i;
/** JUnit, NUnit, xUnit, ScalaTest, Kotest, PHPUnit and XCTest go by a class's name. */
const namedAsTest =
  /(?:^|\/)(?:Test[A-Z]\w*|\w*[a-z\d](?:Tests?|TestCase|Spec))\.(?:java|kt|cs|scala|php|swift|groovy)$/;

/** Whether a file is part of the tests, which no user of the product ever reaches. `path` is relative, '/'-separated. */
export function isTestCode(path: string): boolean {
  return inTests.test(path) || namedAsTest.test(path);
}

/** Folders with examples, demos and test data. */
const madeUp =
  /(?:^|\/)(?:__fixtures__|(?:[\w.-]*[._-])?(?:fixtures?|mocks?|examples?|samples?|demos?))\/|(?:^|[./_-])(?:examples?|samples?)(?:[._-][\w-]+)?\.(?:json|ya?ml)$/i;
/** Documentation, and the code shown in it. */
const documentation =
  /(?:^|\/)(?:docs?|documentation|docs?[_-](?:src|source)|tutorials?)\/|\.(?:md|mdx|markdown|rst|adoc|asciidoc|pod)$/i;
/** Translations. */
const translation =
  /(?:^|\/)(?:i18n|l10n|locales?|translations?|lang(?:uage)?s?|messages|nls|[\w-]+\.lproj|values-[a-z]{2}(?:-r[A-Z]{2})?)\/.*\.(?:json|ya?ml|properties|xml|strings|php|js|ts|po|pot|arb|resx|xlf|ini|toml)$|(?:^|\/)(?:messages|strings|locale|translations?|package\.nls|bundle\.l10n)(?:[._-][a-z]{2}(?:[_-][A-Za-z]{2,4})?)?\.(?:json|ya?ml|properties|xml|strings|arb)$|\.(?:po|pot|arb|xlf|xliff|strings|resx)$|(?:^|\/)[a-z]{2}(?:[_-][A-Z]{2,4})?\.(?:json|ya?ml|properties)$/;

/** The purpose of a file that is neither the product's code nor its settings. */
export type FilePurpose = 'test' | 'example' | 'documentation' | 'translation';

/** Undefined for the product's own code, judging by its path. `path` is relative, '/'-separated. */
export function filePurpose(path: string): FilePurpose | undefined {
  if (isTestCode(path)) return 'test';
  if (madeUp.test(path)) return 'example';
  if (documentation.test(path)) return 'documentation';
  return translation.test(path) ? 'translation' : undefined;
}
