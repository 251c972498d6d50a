#!/usr/bin/env ruby
# frozen_string_literal: true

BEGIN { puts 'begin' }
END { puts 'end' }

x = foo a, b: 1, 'c' => 2, &blk
sql = <<~SQL.squish + y
  select #{a} from
SQL
raw = <<-'RAW'
  plain #{a}
RAW
a, (b, *c), @d = 1, 2
first, *rest = *list
self.e, f[0], G::H = 1, 2, 3
get '/x', k: v do |p, (q, r), o = 1, *s, k: 2, **kw, &b|
  next unless p =~ /\A[a-z]+\z/i
  redo if q
end
case x
when 'a', *L then 1
when /x/ then 2
when String, ->(n) { n > 1 } then 3
else 4
end
case x
when :a, 1, nil then 5
end
case
when x > 1 then 6
end
case y
in { name: String => n, age:, **others } if n then n
in [a, *rest] unless a then 1
in 'x' | 'y' then 2
in Point(x:, y: 0..) then 3
in [*, 1, *post] then 4
in ^x | ^(x + 1) then 5
in nil then 6
else 7
end
y => { name: }
ok = y in [Integer, _]
begin
  f rescue g
rescue A, B => e
  retry
rescue *ERRORS
  2
else
  1
ensure
  2
end
h = { a: 1, 'b': 2, "c#{d}": 3, :f => 4, **o, e:, g => 5 }
z = ->(q) { q&.foo }
w = %w[a b#{c}] + %i[c d] + %W[e#{f} g]
`ls #{x}`
puts "a" "b#{x}", 'c\n', ?a, :"s#{x}", "\u{41}\x42\t"
u.(1)
u[1, 2] ||= 3
u[1..] += 'x'
@m ||= {}
@@n = 1
$o = 2
t <<= 1
v -= 1
i = if x then 1 elsif y then 2 else 3 end
j = unless x then 1 end
l = while x do break 1 end
m = begin 1 end
k = x ? y : z
def self.q(a, b = 1, *c, d:, e: 2, **f, &g) = a + 1
private def qq; yield 1; block_given?; super; super(1); end
def opts(a, options = {}) = options
def fwd(...) = foo(...)
def anon(*, **, &) = foo(*, **, &)
def setter=(value)
  @value = value
end
x.y = 3
x.y += 3
Foo::Bar.new(1).baz
::Top
Foo::bar(1)
Foo::Bar::BAZ
obj::CONST
module A
  module_function

  def helper(a) = a
  TABLE = { a: 1 }.freeze

  class B < ::Base
    include Mixin
    extend Other
    attr_accessor :name, :size

    CONST = 'x'
    @@count = 0
    before_save :x
    scope :named, ->(q) { where("n = #{q}") }
    validate { errors }
    define_method(:made) { |v| v }
    alias_method :other, :name
    alias another name

    class << self
      def build = new
    end

    def initialize(name, size: 1)
      super()
      @name = name
      self.size = size
    end

    protected

    def to_s = "#{@name} #{CONST} #{TABLE[:a]} #{self.class}"
  end
end
S = Struct.new(:a, :b) do
  def sum = a + b
end
K = Class.new(A::B) { def k = 1 }
return x, y if z
undef foo
not x and y or z
defined? x
-x
!x
x <=> y
x === y
x != y
x !~ /a#{y}b/m
/(?<year>\d+)/ =~ x && $~[:year]
1.5 + 2r + 3i + 1_000
x ** 2 / 3 % 4 - 1 * 2 | 5 & 6 ^ 7 >> 1
'%s %d' % [x, y]
format('%<a>s', a: x)
x ... y
(1..)
while x do next end
until y do break end
begin; a end until y
x += 1 while x < 3
for i in 1..2 do i end
for a, b in list do a end
loop { break }
list.each { |one| one }
list.map(&:to_s).each_with_index.map { _1 + _2 }
list.each(&method(:foo))
list.sum { it + 1 }
throw :done
raise ArgumentError, 'x' unless x
(a; b)
__FILE__
__LINE__
__method__
a&.b&.c = 1
x.then do |one|
  one
rescue StandardError
  2
end
puts(<<~ONE, <<~TWO)
  #{a}
ONE
  #{b}
TWO
;
__END__
nothing
