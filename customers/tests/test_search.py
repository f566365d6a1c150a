import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from customers.models import Customer
from customers.tests.making import a_contact, a_customer
from toolbox import pinyin

pytestmark = pytest.mark.django_db


@pytest.fixture
def changan() -> Customer:
    customer = a_customer("重庆长安汽车", code="K-77")
    a_contact(customer, "韩梅梅", phone="13800138000")
    return customer


@pytest.fixture(autouse=True)
def another() -> Customer:
    """Whom no search below may find."""
    customer = a_customer("Omega 上海汽配", code="Z9")
    a_contact(customer, "李雷", phone="02155550000")
    return customer


@pytest.mark.parametrize(
    "text",
    [
        "K-77",
        "k-77",
        "Ｋ-77",
        "重庆长安汽车",
        "长安",
        "安汽",
        "重",
        "CQCA",
        "cqcaqc",
        "梅",
        "韩梅梅",
        "13800138000",
        "0138",
        "  长安   梅梅 ",
        "cqca k-77 0013",
    ],
)
def test_customers_are_found_by_name_code_initials_and_contact(changan: Customer, text: str) -> None:
    assert list(Customer.objects.matching(text)) == [changan]


@pytest.mark.parametrize(
    "text", ["北京", "长汽", "K-78", "cqca 李雷", "K-77\n重庆x", "%", "_", "长_汽", "%安%", "\\", "'"]
)
def test_what_does_not_match_every_word_is_not_found(changan: Customer, text: str) -> None:
    assert not Customer.objects.matching(text).exists()


@pytest.mark.parametrize("text", ["", "   ", "\0"])
def test_nothing_asked_finds_everybody(changan: Customer, another: Customer, text: str) -> None:
    assert set(Customer.objects.matching(text)) == {changan, another}


@pytest.mark.parametrize(
    "name", ["50%_off", "a\\b", "O'Neill", '"quoted"', "a%b_c", "{curly}", "a,b", "NULL"]
)
def test_signs_mean_themselves(name: str) -> None:
    customer = a_customer(name)

    assert list(Customer.objects.matching(name)) == [customer]


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=12), st.data())
def test_every_piece_of_a_name_finds_its_customer(name: str, data: st.DataObject) -> None:
    words = pinyin.normalise(name).split()
    if not words:
        return
    customer = a_customer(name)
    word = data.draw(st.sampled_from(words))
    start = data.draw(st.integers(0, len(word) - 1))
    end = data.draw(st.integers(start + 1, len(word)))

    assert customer in Customer.objects.matching(word[start:end])
    customer.delete()
