import assert from 'node:assert/strict';
import { refreshOf } from '../../src/engines/dependencies/updates/commands';
import { refresh } from '../../src/protocol';
import { dependency } from './support/dependencies';

const of = (format: Parameters<typeof refreshOf>[0], part: object) => {
  const made = refreshOf(format, { ...dependency('Maven', 'a:b', '1.0'), ...part }, '2.0');
  // The contract takes it.
  if (made) refresh.parse(made);
  return made && `${made.folder}> ${made.command}`;
};

describe('commands that refresh lockfiles', () => {
  it("are the wrapper's where a Gradle project has one", () => {
    assert.equal(of('gradleLock', { lockfile: 'app/gradle.lockfile' }), 'app> gradle dependencies --write-locks');
    assert.equal(
      of('gradleLock', { lockfile: 'gradle.lockfile', wrapper: 'gradlew' }),
      '> ./gradlew dependencies --write-locks',
    );
    assert.equal(
      of('gradleLock', { lockfile: 'web/app/gradle.lockfile', wrapper: 'web/gradlew' }),
      'web> ./gradlew -p app dependencies --write-locks',
    );
    assert.equal(
      of('gradleLock', { lockfile: 'app/gradle/dependency-locks/runtime.lockfile', wrapper: 'gradlew' }),
      '> ./gradlew -p app dependencies --write-locks',
    );
    assert.equal(
      of('gradleLock', { lockfile: 'buildscript-gradle.lockfile', wrapper: 'gradlew' }),
      '> ./gradlew buildEnvironment --write-locks',
    );
    assert.equal(of('gradleLock', { lockfile: 'a;b/gradle.lockfile', wrapper: 'gradlew' }), undefined);
  });

  it('tell pip what to lock', () => {
    const direct = { direct: true, name: 'flask', ecosystem: 'PyPI' };
    assert.equal(of('pylock', { ...direct, lockfile: 'pylock.toml', file: 'pyproject.toml' }), '> pip lock -e .');
    assert.equal(
      of('pylock', { ...direct, lockfile: 'api/pylock.dev.toml', file: 'api/pyproject.toml' }),
      'api> pip lock -e . -o pylock.dev.toml',
    );
    assert.equal(of('pylock', { ...direct, direct: false, lockfile: 'pylock.toml', file: 'pylock.toml' }), undefined);
    assert.equal(
      of('requirements', { ...direct, lockfile: 'api/requirements.txt' }),
      '> pip install -r api/requirements.txt',
    );
  });
});
