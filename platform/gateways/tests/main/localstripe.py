"""Starts localstripe. It plays an older Stripe: it is told to let pass what has come since."""

from localstripe import resources, server

create = resources.PaymentIntent._api_create.__func__


def create_as_of_today(cls, automatic_payment_methods=None, **data):
    return create(cls, **data)


resources.PaymentIntent._api_create = classmethod(create_as_of_today)
server.start()
