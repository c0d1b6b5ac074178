import sys; sys.path.insert(0,'/work/main/tests/acceptance')
from support.shop import open_shop
import json, os
async def test_smoke(database_url):
    async with open_shop(database_url) as shop:
        phone=shop.phone()
        for t in json.loads(os.environ['SAY']):
            phone.says(t); await shop.settle()
            print('##',t,'->',[x.replace('\n',' ')[:150] for x in phone.texts[-1:]])
        for t in await shop.fetch('select * from turn order by id'): print('@@',t['why'])
