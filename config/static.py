"""Static files in production: compressed, and named by the hash of their content."""

from servestatic.storage import CompressedManifestStaticFilesStorage


class HashedFiles(CompressedManifestStaticFilesStorage):
    # Else a page's hashed script imports the others under plain names, which browsers keep across an upgrade.
    support_js_module_import_aggregation = True
