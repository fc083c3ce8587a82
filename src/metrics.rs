//! Every metric's name, in one place.
