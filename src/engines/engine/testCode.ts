/** Where test runners look for tests: mocha, jest, pytest, go test, RSpec, ExUnit, Maven, … */
const inTests =
  /(?:^|\/)(?:(?:[^/]*[._-])?tests?|specs?|__tests__|__mocks__|testdata|e2e|cypress)\/|[._-](?:test|spec)s?\.\w+$|(?:^|\/)(?:test_[^/]*|conftest\.py)$/i;
/** JUnit, NUnit, xUnit, ScalaTest, Kotest, PHPUnit and XCTest recognize tests by the class name. */
const namedAsTest =
  /(?:^|\/)(?:Test[A-Z]\w*|\w*[a-z\d](?:Tests?|TestCase|Spec))\.(?:java|kt|cs|scala|php|swift|groovy)$/;

/** Whether a file is test code, which does not run in production. `path` is relative, '/'-separated. */
export function isTestCode(path: string): boolean {
  return inTests.test(path) || namedAsTest.test(path);
}
