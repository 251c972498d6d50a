import { beginsIn, findsWhatIsAnnotated, lowersEveryConstruct } from './support/taintCases';

describe('taint engine on Java', () => {
  findsWhatIsAnnotated('java');

  beginsIn('java', {
    begins: [
      'void a(HttpServletRequest in) {}',
      '@GetMapping("/a") void a(String x) {}',
      'void a(@javax.ws.rs.QueryParam("a") String x) {}',
      'public static void main(String... args) {}',
    ],
    others: ['/** Gets it. Get and Delete are words. */ int a;', 'String a = System.getProperty("a");', 'int main;'],
    around: (code) => `class A { ${code} }`,
  });

  lowersEveryConstruct('java', 'Constructs.java');
});
