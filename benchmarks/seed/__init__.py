"""A seeded data set of any size, loaded by COPY, with every invariant of the product true: chains verify, the
lifecycle's own steps lead to each state, spans follow events, statistics equal their recount. All of it synthetic."""
