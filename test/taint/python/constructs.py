from . import views
from .models import Thing as Item, *
import os.path, json as j

x: int = 1_000
a, (b, *c) = d = [1, *x]
a += "t"; b |= 2
del c[0]


@app.route("/<int:n>")
async def page(n, q: Optional[str] = None, *args, key=1, **kwargs) -> str:
    global x
    async with lock, open(q) as f:
        yield f"{q!r} {n:d}" "b"
    async for i, v in pairs():
        if (m := match(i)) and not v:
            continue
        elif i is None:
            break
        else:
            raise ValueError from m
    else:
        pass
    return {**kwargs, "k": [i for i in args if i], key: (1,)}


class A(Base, metaclass=M):
    n: int = 1

    def __init__(self, y):
        super().__init__(y)
        self.y = y

    @property
    def z(self):
        return lambda t, *u: self.y[1:2] if t else self.y[-1]

    @classmethod
    def make(cls):
        return cls("a%s" % x)


try:
    match x:
        case 1 | 2 if x:
            assert x, "no"
        case {"k": v}:
            print(v)
        case A(n=w) as whole:
            exec(w)
        case _:
            pass
except (A, B) as e:
    any(c in e for c in "ab")
finally:
    while a < b <= c:
        a = await b or c @ d
