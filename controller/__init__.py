"""The timing service: counts in, guarded signal timing out; `controller.field` is the reference field controller."""

from junction.quiet import keep_quiet

keep_quiet()
