"""The pages of the Python interface: what each package gives, made from the docstrings by mkdocstrings."""

from importlib import import_module
from pkgutil import iter_modules

from hardlab.pages.markdown import table

PACKAGES = {
    "hardlab": "What a program needs first.",
    "instances": "Problems, their witnesses and promises, exact evaluation, formats and families.",
    "reductions": "The arrows between problems, the chains they are joined to, and the laws they obey.",
    "attention": "Attention algorithms, with what they promise.",
    "solvers": "What decides a problem, the decision rule, and chains as solvers.",
    "conformance": "Checks of anybody's attention kernel, from Python and from pytest.",
    "records": "What the statements of the papers are here, and the records of studies and sweeps.",
}
"""The pages, each with its first line."""

MODULES = {
    "hardlab": ["hardlab.names.chains"],
    "instances": [
        "instances.problem", "instances.cnf", "instances.dimacs", "instances.vectors", "instances.bits", "instances.task",
        "instances.coded", "instances.mechanism", "instances.visibility", "instances.bias", "instances.rotary",
        "instances.gradients", "instances.triples", "instances.tensor", "instances.network", "instances.anyof",
        "instances.families", "instances.storage", "instances.exact",
        "instances.faults", "instances.law",
    ],
    "reductions": [
        "reductions.reduction", "reductions.chain", "reductions.graph", "reductions.hypotheses", "reductions.pricing",
        "reductions.laws", "reductions.edges",
    ],
    "attention": [
        "attention.attend", "attention.attended", "attention.merge", "attention.measured", "attention.attend_backward",
        "attention.attend_files", "attention.algorithm", "attention.auto", "attention.function",
        "attention.exact.softmax", "attention.exact.logspace", "attention.exact.boolean", "attention.exact.certified",
        "attention.exact.backward", "attention.exact.gradients", "attention.exact.tensor", "attention.exact.layers",
        "attention.tensor_function", "attention.network_function",
        "attention.polynomial.polynomial", "attention.polynomial.moments", "attention.polynomial.gradients",
        "attention.polynomial.gradient_bounds", "attention.mixed.split",
        "attention.mixed.low_rank", "attention.mixed.projection",
        "attention.mixed.boxes", "attention.kde", "attention.kernel_density",
        "attention.sampling.random_features", "attention.sampling.kdeformer", "attention.sampling.hyper_attention",
        "attention.rounding", "attention.laws",
    ],
    "solvers": [
        "solvers.solver", "solvers.threshold", "solvers.through", "solvers.own", "solvers.orthogonal", "solvers.hamming",
        "solvers.nearest", "solvers.sat", "solvers.exhaustion", "solvers.laws",
    ],
    "conformance": [
        "hardlab.conformance.checking", "hardlab.conformance.laws.checking",
        "hardlab.conformance.result", "hardlab.conformance.arithmetic",
        "hardlab.kernels.kernel", "hardlab.kernels.call", "hardlab.kernels.convention",
        "hardlab.kernels.conventions", "hardlab.kernels.peers",
        "hardlab.pytest_plugin",
    ],
    "records": [
        "hardlab.claims.claim", "hardlab.study.records", "hardlab.study.transition", "hardlab.study.crossover",
        "hardlab.study.foresight", "hardlab.study.frontier", "hardlab.study.asymptotic",
    ],
}  # fmt: skip
"""The modules that a page shows. A package stands for the modules in it."""

FACES = ("hardlab", "attention", "reductions", "solvers")
"""The pages of packages that give names themselves."""


def pages() -> dict[str, str]:
    """The text of every page by its path in the site."""
    made = {f"reference/api/{page}.md": _page(page, about) for page, about in PACKAGES.items()}
    rows = [(f"[{page}]({page}.md)", about) for page, about in PACKAGES.items()]
    made["reference/api/index.md"] = "\n".join(["# Python", "", "Made from the docstrings.", "", *table(("", ""), rows), ""])
    return made


def _page(page: str, about: str) -> str:
    parts = [f"# {page}", about]
    if page in FACES:
        package = import_module(page)
        rows = [(f"`{package.__name__}.{name}`", _place(getattr(package, name))) for name in package.__all__]
        parts += [f"`from {package.__name__} import ...` gives", "\n".join(table(("name", "documented as"), rows))]
    parts += [f"::: {module}" for name in MODULES[page] for module in _modules(name)]
    return "\n\n".join(parts) + "\n"


def _place(thing: object) -> str:
    """A link to where a thing is documented."""
    name, module = getattr(thing, "__qualname__", None), getattr(thing, "__module__", None)
    return f"[`{module}.{name}`][{module}.{name}]" if name and module else "a tuple of all that come with the lab"


def _modules(name: str) -> list[str]:
    """The module, or the modules of the package."""
    folders = getattr(import_module(name), "__path__", None)
    return [name] if folders is None else [f"{name}.{found.name}" for found in iter_modules(folders)]
