package a.b;
import java.util.*;
import static x.Y.z;
@Ann(value="x", b=1) public final class A<T extends B> extends C<T> implements D, E {
  @Inject private final String s = "a\n" , t[] = {1};
  static { x(); }
  public A(int a, String... b) throws X { super(a); this.x = a; }
  @Get("/x") public <T> Map<String,T> m(@P("q") final List<String> q) { 
    for (String x : q) ; for (int i=0, j=1;i<2;i++,j--) {} 
    try (var r = f(); s) { } catch (A | B e) { } finally { }
    switch (x) { case 1: case 2: a(); break; default: b(); }
    var y = switch (x) { case "a", "b" -> 1; case P(int a, var b) when a > 1 -> { yield 2; } case String s -> 3; default -> throw e; };
    Runnable r = () -> x(); F g = (a, b) -> { return a; }; h = this::foo; k = String[]::new; F1 = q -> q;
    if (o instanceof String s && !(o instanceof R(var u))) { } 
    int[][] arr = new int[3][]; arr = new int[]{1,2}; arr[0] = 1; arr[1] += 2;
    new Foo<>(a) { void m() {} }; outer.new Inner(); Outer.this.x(); super.foo(); A.super.foo();
    String tb = """
      hello \
      "x" """; String.class.getName(); char c = 'a'; long l = 0x1FL; (String) x; a ? b : c; 
    lab: while (true) { break lab; } do { continue; } while (a); synchronized (x) { } assert x : "y"; 
    i++; -i; ~i; a = b = c; a.b.c.D.e(x); List.<String>of(1); int z = x -> 1; yield 1;
    class Loc {} record Rl(int a) {}
  }
}
enum En implements I { A(1) { void x(){} }, B; En(int i){} void q(){} }
record Rec(@X int a, String b) implements I { Rec { check(a); } static int z; }
interface If { int X = 1; void a(); default void b() {} }
@interface An { String value() default "x"; }
