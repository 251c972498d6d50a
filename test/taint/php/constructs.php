<html><title><?= $title ?></title>
<?php
declare(strict_types=1);
namespace App\Web;
use Foo\Bar as Baz, Foo\Qux;
use function Foo\helper;
use Foo\{A, B as C, function d};
const X = 1, Y = 'a';
#[Route('/a', name: 'x')]
final class K extends Baz implements I, J {
  use T1, T2 { T1::a insteadof T2; }
  const Z = 'q';
  private ?PDO $db = null;
  public static array $list = ['a' => 1, 'b', ...$c];
  public function __construct(private readonly PDO $p, int|string $q = 5, &...$rest) { parent::__construct($q); }
  #[Get]
  public static function make(string $a): static { return new static($a); }
  abstract function z();
  public string $full { get => $this->a . 'x'; set { $this->a = $value; } }
}
interface I { const A=1; function f(); }
trait T { function g() { return self::$list; } }
enum Suit: string { case H = 'h'; case S = 's'; function label(): string { return $this->value; } }
function foo(array &$a, $b = null, ...$c) { global $db, $x; static $n = 0; return $a; }
$x = "a {$b['c']} $d[0] $d[key] $e->f ${g} {$h->i()} \n\x41";
$y = <<<EOT
hi $x {$y->z}
EOT;
$z = <<<'EOT'
raw
EOT;
$s .= 'a' . $b;
$f = fn($q) => $q + 1;
$g = function($a) use ($x, &$y) { yield $a; yield 'k' => $a; yield from $b; };
[$a, [, $b]] = $c; ['k' => $v, 'l' => $w] = $d; list($p, $q) = f();
$a ??= 5;
$x = &$y;
$o?->m(...$args); $o?->p; Foo::bar(name: 1); Foo::$stat; Foo::CONST; $cls::make(); $o::class; new class(1) extends P { function a() {} };
strlen(...);
$fn($x); $o->$m(); $o->{$n . 'a'}; $$v = 1; ${'a'} = 2; $a[] = 1; $a{0};
if ($a) echo 1; elseif ($b) { print 2; } else exit(3);
if ($a): ?>
 <b><?php echo $a, $b; ?></b>
<?php elseif ($c): foo(); else: endif;
while (1) { break 2; }
do { continue; } while (0);
for ($i = 0, $j = 1; $i < 3; $i++, $j--) {}
foreach ($a as $k => &$v): endforeach;
foreach ($a as [$p, $q]) {}
switch ($a) { case 1: case 2: b(); break; default: c(); }
$r = match(true) { $a > 1, $b => 'x', default => throw new E() };
try { a(); } catch (A | B $e) { } finally { }
mysqli_query($c, $q) or die('x' . mysqli_error());
$x = (int) $_GET['a']; $y = @$z; $w = !$a && $b and $c or $d xor $e; $q = $a ? : $b; $q = $a ? 1 : 2; $a <=> $b; $a instanceof B; clone $a; $i++; -$a; 
`ls $x`;
isset($a, $b['c']); empty($a); unset($a); 
include __DIR__ . '/a.php'; require_once('b.php');
goto end; end: 
throw new \Exception("x");
print $a; print("x");
eval($x); 
return;
