"""What an audience's file says: its name, its title, and where its readers stand. Pure."""

from __future__ import annotations

from pydantic import Field

from partwork.campaigns.validation import Definition
from partwork.campaigns.values import FileName, Slug, Text


class AudienceDefinition(Definition):
    """Who may be written to. `file` stands in the same folder."""

    audience: Slug = Field(description="write the name of this file without '.yaml'")
    title: Text = Field(description="write what staff call these readers")
    file: FileName = Field(description="name the CSV file of readers in this folder")
