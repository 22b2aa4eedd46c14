"""The timing service: counts in, guarded signal timing out; `controller.field` is the reference field controller."""
