"""What the vendor adds to order entry."""
from trytond.pool import PoolMeta


class Sale(metaclass=PoolMeta):
    __name__ = 'sale.sale'

    @classmethod
    def create(cls, vlist):
        """References come from many hands: blanks around them are cut."""
        vlist = [dict(values) for values in vlist]
        for values in vlist:
            if values.get('reference'):
                values['reference'] = values['reference'].strip()
        return super().create(vlist)
