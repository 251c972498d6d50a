import assert from 'node:assert/strict';
import { FileText } from '../../src/base/fileText';
import { importEdits } from '../../src/engines/codeFixes/imports';
import { applied } from './support/edits';

const javaRandom = 'import java.security.SecureRandom;';
const randomInt = "import { randomInt } from 'node:crypto';";
const goRand = 'import "crypto/rand"';

/** The statement, a file, and the result: undefined if the file cannot have the import. */
const cases: Record<string, [statement: string, file: string, expected: string | undefined][]> = {
  Python: [
    ['import secrets', 'x', 'import secrets\nx'],
    ['import secrets', 'import os, secrets\nx', 'import os, secrets\nx'],
    ['import secrets', 'import os, secrets as s\nx', 'import os, secrets as s\nimport secrets\nx'],
    ['import secrets', '#!/bin/py\n"""A\n\nb."""\nx', '#!/bin/py\n"""A\n\nb."""\nimport secrets\nx'],
    ['import secrets', '"""A."""\n\nx', '"""A."""\nimport secrets\n\nx'],
    [
      'import secrets',
      '# c\n\nfrom __future__ import annotations\nx',
      '# c\n\nfrom __future__ import annotations\nimport secrets\nx',
    ],
    [
      'import secrets',
      'from a import (\n  b,\n  c,\n)\n\nx\nimport late',
      'from a import (\n  b,\n  c,\n)\nimport secrets\n\nx\nimport late',
    ],
    ['from a import b', 'from a import (\n  b, # why\n  c,\n)\nx', 'from a import (\n  b, # why\n  c,\n)\nx'],
  ],
  Java: [
    [javaRandom, 'package a;\n\nclass B {}', `package a;\n\n${javaRandom}\n\nclass B {}`],
    [
      javaRandom,
      '/* L\n */\npackage a;\nimport b.C;\nclass B {}',
      `/* L\n */\npackage a;\nimport b.C;\n${javaRandom}\nclass B {}`,
    ],
    [javaRandom, 'import java.security.*;\nclass B {}', 'import java.security.*;\nclass B {}'],
  ],
  Go: [
    [
      goRand,
      'package a\n\nimport (\n\t"bytes"\n\t"os"\n\n\t"x.y/z"\n)\n',
      'package a\n\nimport (\n\t"bytes"\n\t"crypto/rand"\n\t"os"\n\n\t"x.y/z"\n)\n',
    ],
    [goRand, 'package a\n\nimport (\n\t"crypto/rand"\n)\n', 'package a\n\nimport (\n\t"crypto/rand"\n)\n'],
    [goRand, 'package a\n\nimport "os"\n', `package a\n\nimport "os"\n${goRand}\n`],
    [goRand, 'package a\n\nfunc f() {}', `package a\n\n${goRand}\n\nfunc f() {}`],
  ],
  JavaScript: [
    [
      randomInt,
      "'use strict';\nconst a = require('a');\nx",
      "'use strict';\nconst a = require('a');\nconst { randomInt } = require('node:crypto');\nx",
    ],
    [randomInt, "const { randomInt } = require('crypto');\nx", "const { randomInt } = require('crypto');\nx"],
  ],
  TypeScript: [
    [
      randomInt,
      'import {\n  a,\n} from "a"\nx',
      'import {\n  a,\n} from "a"\nimport { randomInt } from "node:crypto"\nx',
    ],
    [
      randomInt,
      "import { createHash, randomInt } from 'crypto';\nx",
      "import { createHash, randomInt } from 'crypto';\nx",
    ],
    [randomInt, 'function randomInt() {}\nx', undefined],
  ],
  Rust: [
    [
      'use rand::rngs::OsRng;',
      '//! A\n\nuse rand::rngs::{\n  OsRng,\n};\nfn a() {}',
      '//! A\n\nuse rand::rngs::{\n  OsRng,\n};\nfn a() {}',
    ],
  ],
  Php: [['use A\\B;', '<?php\n\nnamespace C;\n\nclass D {}', '<?php\n\nnamespace C;\n\nuse A\\B;\n\nclass D {}']],
  Ruby: [
    [
      "require 'securerandom'",
      '# frozen_string_literal: true\n\nx',
      "# frozen_string_literal: true\n\nrequire 'securerandom'\n\nx",
    ],
  ],
  C: [
    [
      '#include <stdlib.h>',
      '/* a */\n\n#include <stdio.h>\nint x;',
      '/* a */\n\n#include <stdio.h>\n#include <stdlib.h>\nint x;',
    ],
    ['#include <stdlib.h>', '#include <stdio.h>\r\nint x;', '#include <stdio.h>\r\n#include <stdlib.h>\r\nint x;'],
  ],
  Bash: [['source a', 'x', undefined]],
};

describe('imports', () => {
  for (const [language, list] of Object.entries(cases)) {
    for (const [statement, file, expected] of list) {
      it(`of ${language}: ${statement} into ${JSON.stringify(file)}`, () => {
        const content = new FileText(file);
        const edits = importEdits(statement, language, content);
        assert.equal(edits && applied(edits, content), expected);
      });
    }
  }
});
