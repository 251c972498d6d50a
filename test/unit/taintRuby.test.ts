import assert from 'node:assert/strict';
import { regexOf } from '../../src/engines/taint/languages/ruby/literals';
import { declaredIn, libraryName, resolve } from '../../src/engines/taint/languages/ruby/resolve';
import { codeOf, escapes } from '../../src/engines/taint/languages/ruby/template';
import { isHarmless } from './support/taint';
import { beginsIn, findsWhatIsAnnotated, lowersEveryConstruct } from './support/taintCases';

describe('taint engine on Ruby', () => {
  findsWhatIsAnnotated('ruby');

  it('knows what a file declares for all others', () => {
    const source = [
      'module App',
      '  module Model',
      '    class User < Base',
      '      LIMIT = 3',
      '      def name; end',
      '    end',
      '    Item = Struct.new(:a)',
      '  end',
      'end',
      'class App::Other; end',
      'def run',
      'end',
      'class ActionController::Base; def added; end; end',
      'class String',
      '  def added; end',
      'end',
    ];
    assert.deepEqual(declaredIn(source.join('\n')), [
      'constant app::model::user',
      'constant app::model::user::limit',
      'constant app::model::item',
      'method run',
    ]);
  });

  it('treats base classes of applications as those of their framework', () => {
    assert.equal(libraryName('constant Admin::BaseController BaseController'), 'ActionController::Base');
    assert.equal(libraryName('constant App::Net::HTTP Net::HTTP'), 'Net::HTTP');
  });

  it('finds the views of controllers, even in engines', () => {
    const has = (path: string) => path === 'shop/app/views/users/show.html.erb';
    const from = 'shop/app/controllers/users_controller.rb';
    assert.equal(resolve(from, 'view app/views/users/show', has), 'shop/app/views/users/show.html.erb');
    assert.equal(resolve(from, 'view app/views/users/edit', has), undefined);
  });

  it('keeps the code of a template at its position', () => {
    const template = '<p>\n<%= a.b -%> <%== c %><%# d %>\n<% if x # y %><%% e <%- f -%>\n<% end %>';
    const code = codeOf(template);
    assert.equal(code.length, template.length);
    assert.equal(code, '   \n_=  a.b  ;  __=  c ;         \n   if x     ;           f  ; \n   end ; ');
    assert.deepEqual(['app/views/a.erb', 'b.html.erb', 'views/b.erb'].map(escapes), [true, true, false]);
  });

  it('distinguishes the ends of a text from those of a line', () => {
    assert.deepEqual(regexOf('\\A[[:alnum:]]+\\z', 'i'), { source: '^[a-zA-Z0-9]+$', flags: 'ig' });
    assert.deepEqual(regexOf('^\\h+$', ''), { source: '^[0-9a-fA-F]+$', flags: 'mg' });
    assert.deepEqual(regexOf('[^a-z]', ''), { source: '[^a-z]', flags: 'g' });
  });

  beginsIn('ruby', {
    begins: ['system(params[:a])', 'Zip::File.open(a)', 'Rack::Request.new(a)', 'puts ARGV'],
    others: ['puts 1', 'def params_of(a) = a', 'class A; def b(c) = c; end'],
    around: (code) => `${code}\n`,
  });

  it('proves harmless what is constant, escaped or checked, and nothing else', async () => {
    const harmless = [
      'table = "users"; User.where("a = #{table}")',
      'User.where("a = #{x.to_i}")',
      'return unless x.match?(/\\A[a-z]+\\z/); User.where("a = #{x}")',
    ];
    for (const code of harmless)
      assert.equal(await isHarmless({ 'a.rb': `def a(x)\n${code}\nend` }, 2, 'sql', 'ruby'), true, code);
    const open = [
      'y = +""; x.each { |one| y << one }; User.where("a = #{y}")',
      'User.where("a = #{x / "b"}")',
      '$g = 1; User.where("a = #{$g}")',
      'User.where("a = #{x}")',
      'User.where("a = #{@x}")',
      'User.where("a = #{y}")',
      'User.where("a = #{x.y}")',
    ];
    for (const code of open)
      assert.equal(await isHarmless({ 'a.rb': `def a(x)\n${code}\nend` }, 2, 'sql', 'ruby'), false, code);
  });

  it('disproves nothing for arguments that are not listed individually', async () => {
    for (const parameters of ['o = {}', '*o', '**o', '&o'])
      assert.equal(
        await isHarmless({ 'a.rb': `def a(${parameters})\nUser.where("a = #{o[:x]}")\nend` }, 2, 'sql', 'ruby'),
        false,
        parameters,
      );
  });

  lowersEveryConstruct('ruby', 'constructs.rb');
});
