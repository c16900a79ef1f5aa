"""What the clients of each brand see of a workspace."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from config.settings import Brand, Workspace


def with_views(workspace: Workspace) -> Workspace:
    """The workspace with a view for each brand and for the company itself, made once and not in
    the first question."""
    brands = workspace.settings.brands
    if not brands:
        return workspace
    views = {"": _view(workspace, None)} | {each.id: _view(workspace, each) for each in brands}
    return replace(workspace, views=views)


def _view(workspace: Workspace, brand: Brand | None) -> Workspace:
    settings = workspace.settings
    others = [each for each in settings.brands if each is not brand]
    sections = _hidden((each.sections for each in others), brand.sections if brand else ())
    topics = _hidden((each.topics for each in others), brand.topics if brand else ())
    return replace(
        workspace,
        brand=brand.id if brand else None,
        settings=settings.model_copy(update={"company": brand.company}) if brand else settings,
        topics={name: t for name, t in workspace.topics.items() if name not in topics},
        faq=workspace.faq.without(sections),
    )


def _hidden(listed: Iterable[Iterable[str]], own: Iterable[str]) -> set[str]:
    """Ids that other brands list and this one does not."""
    return {name for names in listed for name in names} - set(own)
